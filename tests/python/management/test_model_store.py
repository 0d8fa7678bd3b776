import os
from pathlib import Path

import pytest

from ovserve.management.allowed_urls import UrlNotAllowedError
from ovserve.management.model_store import ArchiveNotFoundError, archives_in, locate


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    (folder / "folder/inner").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    for name in ("b.mar", "a.model", "c.tar.gz", "d.tgz", "notes.txt", ".e.mar", "folder/f.mar"):
        (folder / name).touch()
    (tmp_path / "outside.mar").touch()
    (tmp_path / "store2").mkdir()
    (folder / "link.mar").symlink_to("../outside.mar")
    (folder / "dangling.mar").symlink_to("nowhere")
    return folder


def test_what_all_is(store: Path) -> None:
    assert archives_in(str(store)) == ("a.model", "b.mar", "c.tar.gz", "d.tgz", "folder", "link.mar")


@pytest.mark.parametrize("name", ["b.mar", "folder", "folder/f.mar", "./b.mar", "link.mar", "folder/"])
def test_names_in_the_store(store: Path, name: str) -> None:
    assert locate(str(store), name) == os.path.normpath(store / name)


def test_absolute_paths_in_the_store(store: Path) -> None:
    assert locate(str(store), f"{store}/b.mar") == f"{store}/b.mar"
    assert locate(f"{store}/", f"{store}/b.mar") == f"{store}/b.mar"


@pytest.mark.parametrize(
    "name", ["missing.mar", "", ".", "/", "/etc/passwd", "b.mar/x", "a\0b", "dangling.mar"]
)
def test_what_is_not_there(store: Path, name: str) -> None:
    with pytest.raises(ArchiveNotFoundError, match=r"^Model not found at: "):
        locate(str(store), name)


def test_paths_elsewhere_are_not_found_also_next_door(store: Path) -> None:
    for path in (store.parent / "outside.mar", store.parent / "store2", store):
        with pytest.raises(ArchiveNotFoundError):
            locate(str(store), str(path))


@pytest.mark.parametrize("name", ["../outside.mar", "folder/../b.mar", "a..b.mar"])
def test_climbing(store: Path, name: str) -> None:
    with pytest.raises(UrlNotAllowedError, match=r"^Relative path is not allowed in url: "):
        locate(str(store), name)
