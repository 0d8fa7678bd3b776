import json
from pathlib import Path

import pytest

from harness.archives import MANIFEST, manifest, zip_file
from ovserve.archive.inspection import Inspection, inspect_archive
from ovserve.archive.manifest import Manifest
from ovserve.archive.report import report_json, report_text
from ovserve.archive.signing import Signature

SIGNATURE = Signature("0123456789abcdef", "0" * 64, b"")


@pytest.fixture
def found(tmp_path: Path) -> Inspection:
    path = zip_file(tmp_path / "m.mar", [("h.py", b"x" * 12_345), (MANIFEST, manifest())])
    return inspect_archive(str(path))


def test_lines_for_people(found: Inspection) -> None:
    lines = report_text(found, colour=False).splitlines()
    assert lines[0] == f"{found.path}  zip, {found.size:,} bytes"
    assert lines[1:4] == [f"sha256     {found.digest}", "signature  none", "digests    none recorded"]
    assert lines[5:8] == ["Manifest", "{", '  "runtime": "python",']
    assert lines[-1] == "12,345  h.py"
    assert lines[-3].startswith("Contents: 2 files, ")


def test_json_for_programs(found: Inspection) -> None:
    document = json.loads(report_json(found))
    assert document["manifest"] == json.loads(manifest())
    assert document["signature"] is None
    assert [entry["name"] for entry in document["contents"]] == [MANIFEST, "h.py"]
    assert document["problems"] == []


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (Inspection("p", "zip", (), None, digest="d"), "signature  none"),
        (
            Inspection("p", "zip", (), None, digest="d", signature=SIGNATURE),
            "signature  by key 0123456789abcdef, not checked",
        ),
        (
            Inspection("p", "zip", (), None, digest="d", signature=SIGNATURE, signed_by=SIGNATURE.key_id),
            "signature  valid, by key 0123456789abcdef",
        ),
        (
            Inspection("p", "zip", (), Manifest("m", digests={"a": "b"}), digests_match=True),
            "digests    of 1 members recorded, all match",
        ),
        (
            Inspection("p", "zip", (), Manifest("m", digests={"a": "b"}), digests_match=False),
            "digests    of 1 members recorded, they do not match",
        ),
        (Inspection("p", "zip", (), None, problems=("a\x1b[2J",)), "problem    'a\\x1b[2J'"),
        (Inspection("p\x1b", "zip", (), None), "'p\\x1b'  zip"),
    ],
)
def test_states(found: Inspection, line: str) -> None:
    assert any(one.startswith(line) for one in report_text(found, colour=False).splitlines())
    coloured = report_text(found, colour=True)
    assert coloured.count("\x1b[0m") == coloured.count("\x1b") / 2 > 1


def test_the_signature_in_json() -> None:
    document = json.loads(report_json(Inspection("p", "zip", (), None, signature=SIGNATURE)))
    assert document["signature"] == {"key_id": SIGNATURE.key_id, "checked": False, "sha256": SIGNATURE.digest}


def test_names_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "m.mar", [("\u202ecod.exe", b""), ("h.py", b"")])
    text = report_text(inspect_archive(str(path)), colour=False)
    assert "\u202e" not in text
    assert "'\\u202ecod.exe'" in text
