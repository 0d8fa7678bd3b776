"""Which versions of a model lie below its base path."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from ovserve.config.version_policy import HIGHEST_VERSION

_MODEL_FILES = (".xml", ".onnx", ".blob", ".pdmodel", ".pb", ".tflite")
_MAPPING_FILE = "mapping_config.json"
_LARGEST_MAPPING = 1 << 20  # bytes that are looked at; no real one comes near


@dataclass(frozen=True, slots=True)
class VersionScan:
    """What one look at a base path found.

    ``versions``: version to its directory or file; None when the base path could not be read, with the
    ``cause``. ``warnings`` name directories that are no versions, in a fixed order, so that two equal
    scans mean that nothing changed. ``mappings``: version to a digest of its ``mapping_config.json``, where
    there is one.
    """

    versions: Mapping[int, str] | None
    cause: str | None = None
    warnings: tuple[str, ...] = field(default=())
    mappings: Mapping[int, str] = field(default_factory=dict[int, str])


def scan_versions(base_path: str, *, file_allowed: bool = True) -> VersionScan:
    """Look for versions: directories with a number above 0 as name, or one model file as version 1.

    Args:
        base_path: a directory, or, with ``file_allowed``, one model file.
        file_allowed: False for loaders, who look for their files in version directories themselves.
    """
    if file_allowed and base_path.lower().endswith(_MODEL_FILES) and os.path.isfile(base_path):
        return VersionScan({1: base_path})
    try:
        with os.scandir(base_path) as found:
            entries = {entry.name: entry.is_dir() for entry in found}
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return VersionScan(None, cause=f"base_path {base_path}: {reason}")
    versions: dict[int, str] = {}
    warnings: list[str] = []
    for name in sorted(name for name, is_directory in entries.items() if is_directory):
        complaint = _complaint(name)
        if complaint is None:
            versions[int(name)] = os.path.join(base_path, name)
        elif not name.startswith("."):  # checkpoints, version control, the links of mounted volumes
            warnings.append(f'base_path {base_path}: directory "{name}" {complaint}')
    if not versions:
        warnings.append(f"base_path {base_path}: {_what_is_missing(entries)}")
    digests = {version: _mapping_digest(path) for version, path in versions.items()}
    return VersionScan(
        dict(sorted(versions.items())),
        warnings=tuple(warnings),
        mappings={version: digest for version, digest in digests.items() if digest},
    )


def _what_is_missing(entries: Mapping[str, bool]) -> str:
    """Say how a base path without versions gets one."""
    misplaced = sorted(name for name in entries if name.lower().endswith(_MODEL_FILES))
    if misplaced:
        return f"{misplaced[0]} is ignored: a model lies in a version directory, such as 1"
    return "no version directory, such as 1, is in it yet"


def _mapping_digest(version: str) -> str:
    """Return what changes when the version's mapping does; empty without one."""
    path = os.path.join(version, _MAPPING_FILE)
    if not os.path.isfile(path):
        return ""
    try:
        with open(path, "rb") as file:
            beginning = file.read(_LARGEST_MAPPING)
            return f"{hashlib.sha256(beginning).hexdigest()} {os.fstat(file.fileno()).st_size}"
    except OSError as error:
        return f"unreadable: {error}"  # the core says so when it loads the version


def _complaint(name: str) -> str | None:
    """Say why a directory of that name is no version; None if it is one."""
    if not (name.isascii() and name.isdigit()):
        return "is ignored: its name is no version number"
    if not name.strip("0"):
        return "is ignored: versions start at 1"
    if name.startswith("0"):
        return f"is ignored: a version has no leading zeros; rename it to {name.lstrip('0')}"
    # Compared by length first: a name may be longer than any number Python likes to parse.
    if len(name) > len(str(HIGHEST_VERSION)) or int(name) > HIGHEST_VERSION:
        return f"is refused: the highest possible version is {HIGHEST_VERSION}"
    return None
