"""The answer of ``ovserve archive inspect``: for people, coloured on a terminal, or as JSON."""

import json
from collections.abc import Mapping
from typing import Any

from ovserve.archive.inspection import Inspection
from ovserve.archive.names import printable

_BOLD, _GREEN, _RED, _PLAIN = "\x1b[1m", "\x1b[32m", "\x1b[31m", "\x1b[0m"


def report_json(found: Inspection) -> str:
    """Return the report as one JSON object, indented."""
    document: dict[str, Any] = {
        "path": found.path,
        "kind": found.kind,
        "size": found.size,
        "sha256": found.digest,
        "signature": None,
        "manifest": _document(found),
        "digests_match": found.digests_match,
        "contents": [{"name": one.name, "size": one.size, "sha256": one.digest} for one in found.contents],
        "problems": list(found.problems),
    }
    if found.signature is not None:
        document["signature"] = {
            "key_id": found.signature.key_id,
            "checked": found.signed_by is not None,
            "sha256": found.signature.digest,
        }
    return json.dumps(document, indent=2) + "\n"


def report_text(found: Inspection, colour: bool) -> str:
    """Return the report as lines."""

    def painted(code: str, text: str) -> str:
        return f"{code}{text}{_PLAIN}" if colour else text

    head = found.kind if found.size is None else f"{found.kind}, {found.size:,} bytes"
    lines = [f"{painted(_BOLD, _name(found.path))}  {head}"]
    if found.digest is not None:
        lines.append(f"sha256     {found.digest}")
        signed = found.signed_by is not None
        lines.append(f"signature  {painted(_GREEN, _signature(found)) if signed else _signature(found)}")
    lines.append(f"digests    {_digests(found)}")
    lines += [painted(_RED, f"problem    {_name(problem)}") for problem in found.problems]
    lines += ["", painted(_BOLD, "Manifest"), *_manifest_lines(found)]
    total = sum(one.size for one in found.contents)
    lines += ["", painted(_BOLD, f"Contents: {len(found.contents)} files, {total:,} bytes")]
    width = max((len(f"{one.size:,}") for one in found.contents), default=0)
    lines += [f"{one.size:>{width},}  {_name(one.name)}" for one in found.contents]
    return "\n".join(lines) + "\n"


def _document(found: Inspection) -> dict[str, Any] | None:
    written: Mapping[str, Any] | None = found.manifest.document if found.manifest else None
    return None if written is None else dict(written)


def _signature(found: Inspection) -> str:
    if found.signature is None:
        return "none"
    if found.signed_by is not None:
        return f"valid, by key {found.signed_by}"
    return f"by key {found.signature.key_id}, not checked; give the public key with --key"


def _digests(found: Inspection) -> str:
    if found.manifest is None or found.digests_match is None:
        return "none recorded"
    verdict = "all match" if found.digests_match else "they do not match"
    return f"of {len(found.manifest.digests)} members recorded, {verdict}"


def _manifest_lines(found: Inspection) -> list[str]:
    document = _document(found)
    if document is not None:
        return json.dumps(document, indent=2).splitlines()
    return ["none that can be used"]


def _name(text: str) -> str:
    """Return a name as it is unless it would do something to a terminal."""
    return text if text.isprintable() else printable(text)
