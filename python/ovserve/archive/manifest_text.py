"""The manifest that an archive is written with: the keys of the archiver whose flags were used."""

import json
import os
import time
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from ovserve.archive.manifest import DIGESTS_KEY
from ovserve.archive.request import ArchiveRequest, Style

_FIRST_ZIP_TIME = 315_532_800  # seconds: 1980-01-01, before which a zip file has no times
_LAST_ZIP_TIME = 4_354_819_198  # 2107-12-31


def manifest_text(request: ArchiveRequest, digests: Mapping[str, str]) -> str:
    """Return the manifest as JSON.

    Args:
        request: what was asked for.
        digests: SHA-256 by member name; with none nothing is recorded.
    """
    document = _torchserve(request) if request.style is Style.TORCHSERVE else _multi_model_server(request)
    if digests:
        document[DIGESTS_KEY] = dict(sorted(digests.items()))
    return json.dumps(document, indent=2)


def fixed_time() -> int:
    """Return the time that everything in a reproducible archive has, in seconds since 1970.

    Source: https://reproducible-builds.org/specs/source-date-epoch
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    seconds = int(given) if given.isascii() and given.isdigit() else 0
    return min(max(seconds, _FIRST_ZIP_TIME), _LAST_ZIP_TIME)


def _torchserve(request: ArchiveRequest) -> dict[str, Any]:
    named = (
        ("modelName", request.model_name),
        ("serializedFile", _base_name(request.serialized_file)),
        ("handler", _base_name(request.handler)),
        ("modelFile", _base_name(request.model_file)),
        ("modelVersion", request.version),
        ("requirementsFile", _base_name(request.requirements_file)),
        ("configFile", _base_name(request.config_file)),
    )
    when = time.gmtime(fixed_time()) if request.reproducible else time.localtime()
    return {
        "createdOn": time.strftime("%d/%m/%Y %H:%M:%S", when),
        "runtime": request.runtime,
        "model": {key: value for key, value in named if value},
        "archiverVersion": _own_version(),
    }


def _multi_model_server(request: ArchiveRequest) -> dict[str, Any]:
    return {
        "runtime": request.runtime,
        "model": {"modelName": request.model_name, "handler": request.handler},
        "modelServerVersion": "1.0",
        "implementationVersion": "1.0",
        "specificationVersion": "1.0",
    }


def _base_name(path: str | None) -> str | None:
    return os.path.basename(path) if path else None


def _own_version() -> str:
    try:
        return metadata.version("ovserve")
    except metadata.PackageNotFoundError:  # run from the sources
        return "unknown"
