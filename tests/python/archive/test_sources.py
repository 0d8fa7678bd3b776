import os
from pathlib import Path

import pytest

from ovserve.archive.refusals import PackingError
from ovserve.archive.request import ArchiveRequest
from ovserve.archive.sources import collect_sources, handler_file


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("h.py", "one/a.txt", "two/a.txt", "one/sub/b.txt", "two/sub/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def members(*extras: str, model_path: str | None = None, handler: str = "h.py") -> dict[str, str]:
    request = ArchiveRequest("m", handler, "1.0", extra_files=extras, model_path=model_path)
    return collect_sources(request, "m.mar").files


@pytest.mark.parametrize(
    ("handler", "file"),
    [
        ("d/h.py", "d/h.py"),
        ("d/h", "d/h.py"),
        ("d/h:fn", "d/h.py"),
        ("d/h.py:fn", "d/h.py"),
        ("my.pyproject/h", "my.pyproject/h.py"),
        ("a:b/h:fn", "a:b/h.py"),
        ("image_classifier", None),
        ("d/image_classifier", "d/image_classifier.py"),
    ],
)
def test_the_file_of_a_handler(handler: str, file: str | None) -> None:
    assert handler_file(ArchiveRequest("m", handler, "1.0")) == file
    assert handler_file(ArchiveRequest("m", handler, model_path=".")) is None


def test_two_files_of_one_name(work: Path) -> None:
    with pytest.raises(PackingError, match=r"^one/a.txt and two/a.txt would both be a.txt in the archive"):
        members("one", "two")


def test_the_same_file_twice_is_one(work: Path) -> None:
    assert members("one", "one/*.txt", "./one/a.txt", "h.py").keys() == {"h.py", "a.txt", "sub/b.txt"}


def test_directories_of_one_name_are_merged(work: Path) -> None:
    (work / "two/a.txt").unlink()
    assert members("one", "two").keys() == {"h.py", "a.txt", "sub/b.txt", "sub/c.txt"}


def test_a_name_for_a_file_and_a_directory(work: Path) -> None:
    (work / "sub").write_text("")
    with pytest.raises(PackingError, match="sub would be a file and a directory in the archive"):
        members("one", "sub")


def test_the_manifests_name_is_taken(work: Path) -> None:
    (work / "one/MAR-INF").mkdir()
    (work / "one/MAR-INF/MANIFEST.json").write_text("{}")
    with pytest.raises(PackingError, match="has the name of the manifest"):
        members("one")


def test_blanks_and_empty_items_are_trimmed(work: Path) -> None:
    request = ArchiveRequest("m", "h.py", "1.0", extra_files=" one/a.txt , ,two/sub,")
    assert collect_sources(request, "").files.keys() == {"h.py", "a.txt", "c.txt"}


def test_patterns(work: Path) -> None:
    (work / "odd[1].txt").write_text("")
    request = ArchiveRequest("m", "h.py", "1.0", extra_files=["one/*.txt", "odd[1].txt", "*.none"])
    sources = collect_sources(request, "")
    assert sources.files.keys() == {"h.py", "a.txt", "odd[1].txt"}
    assert sources.warnings == ["no file matches the pattern *.none"]


def test_links_within_a_directory_are_followed(work: Path) -> None:
    (work / "one/link.txt").symlink_to("a.txt")
    (work / "one/again").symlink_to("sub")
    assert members("one").keys() == {"h.py", "a.txt", "link.txt", "sub/b.txt", "again/b.txt"}


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("../../two/a.txt", "is a link that leads out of the directory"),
        ("/etc", "is a link that leads out of the directory, to /etc"),
        ("../../one-more", "is a link that leads out of the directory"),
        ("nothing", "is a link to nothing"),
        (".", "is a link to a directory above it, which has no end"),
        ("..", "is a link to a directory above it, which has no end"),
    ],
)
def test_other_links_are_refused(work: Path, target: str, reason: str) -> None:
    (work / "one-more").mkdir()
    (work / "one/sub/link").symlink_to(target)
    with pytest.raises(PackingError, match=rf"^one/sub/link.* {reason}"):
        members("one")
    with pytest.raises(PackingError, match=reason):
        members(model_path="one")


def test_links_that_are_left_out_anyway_may_lead_anywhere(work: Path) -> None:
    for name in (".git", "__pycache__"):
        (work / "one" / name).symlink_to("/usr")
    assert members("one").keys() == {"h.py", "a.txt", "sub/b.txt"}
    for name in ("old.mar", "sub/MANIFEST.json", "x.pyc"):
        (work / "one" / name).symlink_to("/etc/passwd")
    assert members(model_path="one").keys() == {"h.py", "a.txt", "sub/b.txt"}


def test_links_that_the_request_names_are_followed(work: Path) -> None:
    (work / "named.txt").symlink_to("one/a.txt")
    (work / "named").symlink_to("one")
    assert members("named.txt", "named/sub").keys() == {"h.py", "named.txt", "b.txt"}
    (work / "broken").symlink_to("nothing")
    with pytest.raises(PackingError, match="extra file broken is a link to nothing"):
        members("broken")


def test_what_is_no_plain_file(work: Path) -> None:
    os.mkfifo(work / "one/pipe")
    with pytest.raises(PackingError, match="one/pipe is not a plain file"):
        members("one")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a\\b", "the name has a backslash"),
        ("a\nb", "the name has control characters"),
        ("a\udcff", "the name is not UTF-8"),
    ],
)
def test_names_that_no_reader_would_take(work: Path, name: str, reason: str) -> None:
    (work / "one/sub" / name).write_text("")
    with pytest.raises(PackingError) as refusal:
        members("one")
    assert str(refusal.value) == f"one/sub: member {'sub/' + name!r}: {reason}"


@pytest.mark.parametrize(
    ("handler", "extra", "text"),
    [
        ("gone.py", "", "handler gone.py does not exist"),
        ("one", "", "handler one.py does not exist"),
        ("h.py", "gone", "extra file gone does not exist"),
    ],
)
def test_missing_files(work: Path, handler: str, extra: str, text: str) -> None:
    with pytest.raises(PackingError, match=f"^{text}$"):
        members(*[extra] * bool(extra), handler=handler)


def test_a_directory_is_no_single_file(work: Path) -> None:
    with pytest.raises(PackingError, match="config file one is not a file"):
        collect_sources(ArchiveRequest("m", "h.py", "1.0", config_file="one"), "")


def test_names_are_looked_up_in_the_model_path_first(work: Path) -> None:
    (work / "one/h.py").write_text("inner")
    found = members("sub/*.txt", "two/sub", model_path="one")
    assert found == {
        "a.txt": "one/a.txt",
        "b.txt": "one/sub/b.txt",
        "c.txt": "two/sub/c.txt",
        "h.py": "one/h.py",
        "sub/b.txt": "one/sub/b.txt",
    }
    with pytest.raises(
        PackingError, match=r"x.py does not exist, neither in one nor in the working directory"
    ):
        members(model_path="one", handler="x")


def test_an_older_result_in_a_packed_directory_is_left_out(work: Path) -> None:
    for result, ending in (("one/m.tar.gz", ""), ("one/m", "/inner")):
        path = work / (result + ending)
        path.parent.mkdir(exist_ok=True)
        path.write_text("old")
        request = ArchiveRequest("m", "h.py", "1.0", extra_files=["one"])
        assert not [name for name in collect_sources(request, result).files if name.startswith(result[4:])]
        (work / "one/m.tar.gz").unlink(missing_ok=True)
