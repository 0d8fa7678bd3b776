"""What an archive says about itself: ``MAR-INF/MANIFEST.json`` of TorchServe and of Multi Model Server.

TorchServe's and Multi Model Server's documents differ in the keys beside ``model``; both are read by the same
rules here. Unknown keys stay in :attr:`Manifest.document`, which handlers see.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ovserve.archive.legacy_manifest import migrated
from ovserve.archive.names import (
    MANIFEST_MEMBER,
    MANIFEST_NAME,
    check_model_name,
    is_plain_path,
    printable,
)
from ovserve.archive.refusals import InvalidManifestError
from ovserve.errors import InvalidArgumentError

RUNTIMES = ("python", "python2", "python3", "LSP")
DEFAULT_RUNTIME = "python"
DEFAULT_VERSION = "1.0"
DIGESTS_KEY = "sha256"

MANIFEST_BYTES = 8 << 20
"""Longest manifest that is read; digests of some ten thousand members fit."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A checked manifest."""

    model_name: str
    model_version: str = DEFAULT_VERSION
    runtime: str = DEFAULT_RUNTIME
    handler: str | None = None
    """``module``, ``module:function`` or ``file.py:function``; None leaves it to request or configuration."""

    serialized_file: str | None = None
    model_file: str | None = None
    requirements_file: str | None = None
    config_file: str | None = None
    description: str | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of every other member by its name, in hexadecimal; empty if not recorded."""

    document: Mapping[str, Any] | None = None
    """The JSON object as written; None if the archive has none and defaults stand in."""


def read_manifest(root: Path, default_name: str) -> Manifest:
    """Read the manifest of an unpacked archive.

    Args:
        root: its directory.
        default_name: the model's name if there is no manifest.

    Raises:
        InvalidManifestError: it is unreadable, incomplete or wrong.
        InvalidArgumentError: there is none, and the default name cannot be a model's.
    """
    for path, legacy in ((root / MANIFEST_MEMBER, False), (root / MANIFEST_NAME, True)):
        if not path.is_file():
            continue
        try:
            text = read_bounded(path)
        except OSError as error:
            raise InvalidManifestError(f"{path.name} cannot be read: {error.strerror}") from error
        return parse_manifest(text, legacy=legacy)
    check_model_name(default_name)
    return Manifest(default_name)


def read_bounded(path: Path, longest: int = MANIFEST_BYTES) -> bytes:
    """Return the content of a small file.

    Raises:
        InvalidManifestError: it is not small.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        text = file.read(longest + 1)
    if len(text) > longest:
        raise InvalidManifestError(f"{path.name} is longer than {longest} bytes")
    return text


def parse_manifest(text: bytes, legacy: bool = False) -> Manifest:
    """Read a manifest.

    Args:
        text: the file's content.
        legacy: it is that of Multi Model Server 0.x, at the archive's top.

    Raises:
        InvalidManifestError: it is unreadable, incomplete or wrong. Texts are the peers' where they have one.
    """
    if len(text) > MANIFEST_BYTES:
        raise InvalidManifestError(f"{MANIFEST_MEMBER} is longer than {MANIFEST_BYTES} bytes")
    written = _object(text)
    document = migrated(written) if legacy else written
    model = document.get("model")
    if not isinstance(model, dict):
        raise InvalidManifestError("Missing Model entry in manifest file.")
    name = _text(model, "modelName")
    if name is None:
        raise InvalidManifestError("Model name is not defined.")
    try:
        check_model_name(name)
    except InvalidArgumentError as error:
        raise InvalidManifestError(str(error)) from None
    if document.get("runtime") not in RUNTIMES:
        raise InvalidManifestError("Runtime is not defined or invalid.")
    _check_engine(document.get("engine"))
    return Manifest(
        model_name=name,
        model_version=_version(model, text) or DEFAULT_VERSION,
        runtime=document["runtime"],
        handler=_text(model, "handler"),
        serialized_file=_file(model, "serializedFile"),
        model_file=_file(model, "modelFile"),
        requirements_file=_file(model, "requirementsFile"),
        config_file=_file(model, "configFile"),
        description=_text(model, "description") or _text(document, "description"),
        digests=_digests(document.get(DIGESTS_KEY)),
        document=written,
    )


def handler_of(manifest: Manifest, asked: str | None = None, default: str | None = None) -> str:
    """Return the handler to run: that of the request, else the manifest's, else the configured default.

    Raises:
        InvalidManifestError: none of them names one.
    """
    handler = asked or manifest.handler or default
    if not handler:
        raise InvalidManifestError("Model handler is not defined.")
    return handler


def _object(text: bytes) -> dict[str, Any]:
    try:
        document = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InvalidManifestError(f"Failed to parse {MANIFEST_MEMBER}: {error}") from None
    if not isinstance(document, dict):
        raise InvalidManifestError(f"Failed to parse {MANIFEST_MEMBER}: expected an object")
    return document


def _text(values: Mapping[str, Any], key: str) -> str | None:
    """Return a text, or None if it is absent or empty."""
    value = values.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InvalidManifestError(f"{key} in {MANIFEST_MEMBER}: expected text, got {_shown(value)}")
    if not value.isprintable():
        raise InvalidManifestError(f"{key} in {MANIFEST_MEMBER}: control characters in {printable(value)}")
    return value


def _version(model: Mapping[str, Any], text: bytes) -> str | None:
    """Return the version, also when it is written as a number: then digit by digit, 1.10 is not 1.1."""
    value = model.get("modelVersion")
    if isinstance(value, int | float) and not isinstance(value, bool):
        literal = json.loads(text.decode("utf-8-sig"), parse_float=str, parse_int=str)
        return _text(literal["model"], "modelVersion")
    return _text(model, "modelVersion")


def _file(model: Mapping[str, Any], key: str) -> str | None:
    """Return the name of a file of the archive."""
    name = _text(model, key)
    if name is not None and not is_plain_path(name):
        raise InvalidManifestError(
            f"{key} in {MANIFEST_MEMBER}: expected a file of the archive, got {printable(name)}"
        )
    return name


def _check_engine(engine: object) -> None:
    if engine is None:
        return
    if not isinstance(engine, dict) or _text(engine, "engineName") is None:
        raise InvalidManifestError("engineName is required in <engine>.")


def _digests(recorded: object) -> Mapping[str, str]:
    if recorded is None:
        return {}
    if not isinstance(recorded, dict) or not recorded:
        raise InvalidManifestError(
            f"{DIGESTS_KEY} in {MANIFEST_MEMBER}: expected an object of member names and digests, "
            f"got {_shown(recorded)}"
        )
    for name, digest in recorded.items():
        if not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
            raise InvalidManifestError(
                f"{DIGESTS_KEY} of {printable(name)} in {MANIFEST_MEMBER}: "
                f"expected 64 lower-case hexadecimal digits, got {_shown(digest)}"
            )
    return recorded


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:80]}..."
