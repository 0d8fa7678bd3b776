import json
import os
import stat
import tarfile
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from harness.archives import MANIFEST, listing
from ovserve.archive import write
from ovserve.archive.refusals import ArchiveExistsError, PackingError
from ovserve.archive.request import FORMATS, ArchiveRequest
from ovserve.archive.unpack import unpack
from ovserve.archive.write import write_archive


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model/sub").mkdir(parents=True)
    (tmp_path / "model/h.py").write_text("def handle(data, context): ...")
    (tmp_path / "model/sub/run.sh").write_text("#!/bin/sh")
    (tmp_path / "model/sub/run.sh").chmod(0o755)
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    return tmp_path


REQUEST = ArchiveRequest("m", "h.py", "1.0", model_path="model", export_path="out")


@pytest.mark.parametrize("archive_format", FORMATS)
def test_it_comes_back_as_it_was(work: Path, archive_format: str) -> None:
    written = write_archive(replace(REQUEST, archive_format=archive_format, digests=True))
    assert written.path == Path("out") / f"m{FORMATS[archive_format]}"
    assert written.members == ("h.py", "sub/run.sh", MANIFEST)
    assert written.warnings == ()
    assert os.listdir("out") == [written.path.name]
    model = unpack(written.path, work)
    assert (model.root / "h.py").read_bytes() == (work / "model/h.py").read_bytes()
    assert os.access(model.root / "sub/run.sh", os.X_OK)
    assert not os.access(model.root / "h.py", os.X_OK)
    assert model.manifest.digests.keys() == {"h.py", "sub/run.sh"}


def test_digests_only_on_request(work: Path) -> None:
    document = json.loads(listing(write_archive(REQUEST).path)[MANIFEST])
    assert list(document) == ["createdOn", "runtime", "model", "archiverVersion"]


def test_the_working_directory_is_the_default(work: Path) -> None:
    assert write_archive(replace(REQUEST, export_path=None)).path == work / "m.mar"


def test_anyone_may_read_it_whom_the_mask_lets(work: Path) -> None:
    previous = os.umask(0o027)
    try:
        for archive_format, mode in (("default", 0o640), ("no-archive", 0o750)):
            path = write_archive(replace(REQUEST, archive_format=archive_format)).path
            assert stat.S_IMODE(path.stat().st_mode) == mode
    finally:
        os.umask(previous)


@pytest.mark.parametrize("archive_format", ["default", "zip-store", "tgz"])
def test_reproducible(work: Path, archive_format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    request = replace(REQUEST, archive_format=archive_format, reproducible=True, digests=True, force=True)
    first = write_archive(request).path.read_bytes()
    os.utime("model/h.py", (1e9, 1e9))
    (work / "model/h.py").chmod(0o600)
    assert write_archive(request).path.read_bytes() == first
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    path = write_archive(request).path
    assert path.read_bytes() != first
    assert json.loads(listing(path)[MANIFEST if archive_format != "tgz" else f"m/{MANIFEST}"])[
        "createdOn"
    ] == ("14/11/2023 22:13:20")


def test_times_that_a_zip_file_cannot_have(work: Path) -> None:
    for seconds, year in ((0, 1980), (2**33, 2107)):
        os.utime("model/h.py", (seconds, seconds))
        path = write_archive(replace(REQUEST, force=True)).path
        assert zipfile.ZipFile(path).getinfo("h.py").date_time[0] == year


def test_names_of_one_file_are_two_members(work: Path) -> None:
    os.link("model/h.py", "model/again.py")
    path = write_archive(replace(REQUEST, archive_format="tgz")).path
    with tarfile.open(path) as archive:
        assert all(info.isreg() and info.size for info in archive)
    assert (unpack(path, work).root / "again.py").read_bytes() == (work / "model/h.py").read_bytes()


@pytest.mark.parametrize("archive_format", FORMATS)
def test_without_force_nothing_is_replaced(work: Path, archive_format: str) -> None:
    request = replace(REQUEST, archive_format=archive_format)
    path = write_archive(request).path
    before = listing(path)
    with pytest.raises(
        ArchiveExistsError, match=r"^out/m.* already exists. Please specify --force/-f option"
    ):
        write_archive(replace(request, version="2.0"))
    assert listing(path) == before
    written = write_archive(replace(request, version="2.0", force=True))
    assert written.warnings == (f"Overwriting {path} ...",)
    assert listing(path) != before
    assert len(os.listdir("out")) == 1


def test_a_replaced_directory_keeps_nothing_old(work: Path) -> None:
    request = replace(REQUEST, archive_format="no-archive", force=True)
    path = write_archive(request).path
    (path / "stale.txt").write_text("")
    write_archive(request)
    assert listing(path).keys() == {"h.py", "sub/run.sh", MANIFEST}


def test_a_directory_that_is_no_archive_is_never_replaced(work: Path) -> None:
    (work / "out/m").mkdir()
    (work / "out/m/thesis.txt").write_text("")
    with pytest.raises(PackingError, match="out/m is there and no model archive; remove it first"):
        write_archive(replace(REQUEST, archive_format="no-archive", force=True))
    assert listing(work / "out/m").keys() == {"thesis.txt"}
    (work / "out/m.mar").mkdir()
    with pytest.raises(PackingError, match=r"out/m.mar is a directory; remove it first"):
        write_archive(replace(REQUEST, force=True))
    assert sorted(os.listdir("out")) == ["m", "m.mar"]


def test_a_directory_becomes_an_archive_in_place(work: Path) -> None:
    request = ArchiveRequest("model", "h", model_path="model", archive_format="no-archive", digests=True)
    with pytest.raises(ArchiveExistsError):
        write_archive(request)
    for _ in range(2):
        write_archive(replace(request, force=True))
        assert listing(work / "model").keys() == {"h.py", "sub/run.sh", MANIFEST}
    assert unpack("model", work / "out").manifest.digests.keys() == {"h.py", "sub/run.sh"}
    (work / "other.py").write_text("")
    with pytest.raises(PackingError, match=r"other.py is not where it belongs in .*model; export to another"):
        write_archive(replace(request, version="1", handler="other", force=True))


def test_a_failure_leaves_what_was_there(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_archive(REQUEST).path
    before = path.read_bytes()

    def fail(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write, "manifest_text", fail)
    for archive_format in FORMATS:
        with pytest.raises(OSError, match="No space left"):
            write_archive(replace(REQUEST, archive_format=archive_format, force=True))
    assert path.read_bytes() == before
    assert os.listdir("out") == ["m.mar"]


def test_a_file_that_came_meanwhile_is_not_replaced(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = write.manifest_text

    def intrude(*arguments: object) -> str:
        (work / "out/m.mar").write_text("of somebody else")
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(write, "manifest_text", intrude)
    with pytest.raises(ArchiveExistsError):
        write_archive(REQUEST)
    assert (work / "out/m.mar").read_text() == "of somebody else"


def test_a_file_system_without_hard_links(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert len(listing(write_archive(REQUEST).path)) == 3


def test_many_at_once_do_not_disturb_each_other(work: Path) -> None:
    start = threading.Barrier(8)

    def run(number: int) -> None:
        start.wait()
        write_archive(replace(REQUEST, version=str(number), force=True))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(8)))
    assert listing(work / "out/m.mar").keys() == {"h.py", "sub/run.sh", MANIFEST}
    assert os.listdir("out") == ["m.mar"]


@pytest.mark.parametrize(("key", "what"), [("export_path", "export-path"), ("model_path", "model-path")])
def test_directories_that_are_none(work: Path, key: str, what: str) -> None:
    with pytest.raises(PackingError, match=f"Given {what} model/h.py is not a"):
        write_archive(replace(REQUEST, **{key: "model/h.py"}))
