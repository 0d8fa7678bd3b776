import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from harness.archives import MANIFEST, manifest, tar_file, zip_file
from ovserve.archive.inspection import Content, inspect_archive
from ovserve.archive.limits import UnpackLimits
from ovserve.archive.refusals import UnsafeArchiveError
from ovserve.archive.request import FORMATS, ArchiveRequest
from ovserve.archive.signing import generate_keys, load_trusted_keys, sign_archive
from ovserve.archive.write import write_archive

CODE = b"def handle(data, context): ..."


@pytest.fixture
def request_(tmp_path: Path) -> ArchiveRequest:
    (tmp_path / "model/sub").mkdir(parents=True)
    (tmp_path / "model/h.py").write_bytes(CODE)
    (tmp_path / "model/sub/empty").write_bytes(b"")
    return ArchiveRequest(
        "m", "h.py", "1.0", model_path=str(tmp_path / "model"), export_path=str(tmp_path), digests=True
    )


@pytest.mark.parametrize("archive_format", FORMATS)
def test_every_form(request_: ArchiveRequest, archive_format: str) -> None:
    path = write_archive(replace(request_, archive_format=archive_format)).path
    found = inspect_archive(str(path))
    assert {one.name for one in found.contents} == {"h.py", "sub/empty", MANIFEST}
    assert Content("h.py", len(CODE), hashlib.sha256(CODE).hexdigest()) in found.contents
    assert found.manifest is not None
    assert found.manifest.model_name == "m"
    assert (found.digests_match, found.problems, found.signature) == (True, (), None)
    if archive_format == "no-archive":
        assert (found.kind, found.size, found.digest) == ("directory", None, None)
    else:
        assert found.kind == ("tar.gz" if archive_format == "tgz" else "zip")
        assert found.size == path.stat().st_size
        assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_top_of_a_tar_file_is_left_out_by_the_rule_of_unpacking(tmp_path: Path) -> None:
    for members, names in (
        (["t/a", "t/b"], ["a", "b"]),
        (["t/a", "b"], ["b", "t/a"]),
        (["t/a", "u/b"], ["t/a", "u/b"]),
        ([MANIFEST], [MANIFEST]),
        ([], []),
    ):
        path = tar_file(tmp_path / "m.tgz", [(name, manifest()) for name in members])
        assert [one.name for one in inspect_archive(str(path)).contents] == names


def test_what_does_not_match(request_: ArchiveRequest, tmp_path: Path) -> None:
    path = write_archive(replace(request_, archive_format="no-archive")).path
    (path / "h.py").write_text("changed")
    found = inspect_archive(str(path))
    assert found.digests_match is False
    assert found.problems == ("member 'h.py' is not what was recorded (SHA-256 in MAR-INF/MANIFEST.json)",)


@pytest.mark.parametrize("text", [b"{", b"{}", b" " * (9 << 20)])
def test_a_manifest_that_cannot_be_used(tmp_path: Path, text: bytes) -> None:
    for path in (
        zip_file(tmp_path / "m.mar", [(MANIFEST, text)]),
        tar_file(tmp_path / "m.tgz", [(f"m/{MANIFEST}", text)]),
    ):
        found = inspect_archive(str(path))
        assert found.manifest is None
        assert len(found.problems) == 1
        assert [one.size for one in found.contents] == [len(text)]


def test_no_manifest_is_no_problem(tmp_path: Path) -> None:
    found = inspect_archive(str(zip_file(tmp_path / "m.mar", [("h.py", CODE)])))
    assert (found.manifest, found.problems) == (None, ())


def test_an_unsafe_archive_is_not_looked_into(tmp_path: Path) -> None:
    path = str(zip_file(tmp_path / "m.mar", [("../x", b"")]))
    with pytest.raises(UnsafeArchiveError, match=rf"^{path}: member '../x'"):
        inspect_archive(path)
    path = str(zip_file(tmp_path / "m.mar", [("a", b"12345")]))
    with pytest.raises(UnsafeArchiveError, match="max_bytes"):
        inspect_archive(path, UnpackLimits(max_bytes=4))


def test_signatures(request_: ArchiveRequest, tmp_path: Path) -> None:
    path = str(write_archive(request_).path)
    public, key_id = generate_keys(str(tmp_path / "key"))
    keys = load_trusted_keys([public])
    assert inspect_archive(path, trusted_keys=keys).problems == (
        "it is not signed: there is no .sig file beside it",
    )
    sign_archive(path, str(tmp_path / "key"))
    unchecked = inspect_archive(path)
    assert unchecked.signature is not None
    assert (unchecked.signature.key_id, unchecked.signed_by) == (key_id, None)
    checked = inspect_archive(path, trusted_keys=keys)
    assert (checked.signed_by, checked.problems) == (key_id, ())
    Path(path).write_bytes(Path(path).read_bytes() + b" ")
    changed = inspect_archive(path, trusted_keys=keys)
    assert changed.signature is not None
    assert "it was changed after it was signed" in changed.problems[0]
    Path(f"{path}.sig").write_text("")
    assert inspect_archive(path).problems == (f"{path}.sig is no signature file of ovserve",)
    assert "a directory cannot be signed" in inspect_archive(str(tmp_path), trusted_keys=keys).problems[0]
