"""Which versions of a model lie below its base path."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from ovserve.config.version_policy import HIGHEST_VERSION

_MODEL_FILES = (".xml", ".onnx", ".blob", ".pdmodel", ".pb", ".tflite")


@dataclass(frozen=True, slots=True)
class VersionScan:
    """What one look at a base path found.

    ``versions``: version to its directory or file; None when the base path could not be read, with the
    ``cause``. ``warnings`` name directories that are no versions, in a fixed order, so that two equal
    scans mean that nothing changed.
    """

    versions: Mapping[int, str] | None
    cause: str | None = None
    warnings: tuple[str, ...] = field(default=())


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
            names = sorted(entry.name for entry in found if entry.is_dir())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return VersionScan(None, cause=f"base_path {base_path}: {reason}")
    versions: dict[int, str] = {}
    warnings: list[str] = []
    for name in names:
        complaint = _complaint(name)
        if complaint is None:
            versions[int(name)] = os.path.join(base_path, name)
        elif not name.startswith("."):  # checkpoints, version control, the links of mounted volumes
            warnings.append(f'base_path {base_path}: directory "{name}" {complaint}')
    return VersionScan(dict(sorted(versions.items())), warnings=tuple(warnings))


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
