import hashlib
import io
import os
from pathlib import Path

import pytest

from ovserve.archive.digests import check_digest, check_files, compare, digest_of
from ovserve.archive.refusals import DigestError

EMPTY = hashlib.sha256(b"").hexdigest()


def test_a_copy_gets_the_same_bytes() -> None:
    content = bytes(range(256)) * 10_000
    copy = io.BytesIO()
    assert digest_of(io.BytesIO(content), copy) == hashlib.sha256(content).hexdigest()
    assert copy.getvalue() == content


def test_case_does_not_matter() -> None:
    check_digest("ab", "AB")
    with pytest.raises(DigestError, match="its SHA-256 is ab, expected ac"):
        check_digest("ab", "ac")


def test_a_long_list_of_findings_is_cut() -> None:
    with pytest.raises(
        DigestError,
        match=r"^member 'a' is missing, member 'b' is missing, member 'c' has no digest and 2 more",
    ):
        compare({"c": "1", "d": "1", "e": "1"}, {"a": "1", "b": "1", "e": "2"})


def test_only_the_manifest_itself_has_none(tmp_path: Path) -> None:
    (tmp_path / "MAR-INF").mkdir()
    for name in ("a", "MAR-INF/MANIFEST.json", "MAR-INF/other"):
        (tmp_path / name).write_text("")
    check_files(tmp_path, {})
    check_files(tmp_path, {"a": EMPTY, "MAR-INF/other": EMPTY})
    with pytest.raises(DigestError, match="member 'MAR-INF/other' has no digest"):
        check_files(tmp_path, {"a": EMPTY})


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DigestError, match="member 'pipe' is not what was recorded"):
        check_files(tmp_path, {"pipe": EMPTY})


def test_bytecode_counts_unless_handlers_have_run(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/h.pyc").write_text("")
    (tmp_path / "a").write_text("")
    check_files(tmp_path, {"a": EMPTY}, in_use=True)
    with pytest.raises(DigestError, match=r"member '__pycache__/h.pyc' has no digest"):
        check_files(tmp_path, {"a": EMPTY})
