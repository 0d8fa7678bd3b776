import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.archives import zip_file
from ovserve.archive.limits import UnpackLimits
from ovserve.archive.refusals import ArchiveError, UnsafeArchiveError
from ovserve.archive.zip_members import zip_members


def contents(path: Path, limits: UnpackLimits | None = None) -> dict[str, bytes]:
    with path.open("rb") as file:
        return {
            member.name + "/" * member.is_directory: b"".join(chunks)
            for member, chunks in zip_members(file, limits or UnpackLimits())
        }


def entry(name: str, mode: int = 0, **attributes: object) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


def test_files_and_directories(tmp_path: Path) -> None:
    path = zip_file(
        tmp_path / "m.mar", [("a.txt", b"A"), ("d/", b""), ("d/b", b""), ("./e//f", b"F" * 3_000_000)]
    )
    assert contents(path) == {"a.txt": b"A", "d/": b"", "d/b": b"", "e/f": b"F" * 3_000_000}


def test_an_empty_archive_and_one_with_something_before_it(tmp_path: Path) -> None:
    assert contents(zip_file(tmp_path / "empty.mar", [])) == {}
    path = zip_file(tmp_path / "m.mar", [("a", b"A")])
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())
    assert contents(path) == {"a": b"A"}


@pytest.mark.parametrize(
    ("members", "refusal"),
    [
        ([("a", b""), ("../b", b"")], "member '../b': the name has a \"..\" in it"),
        ([(entry("l", stat.S_IFLNK | 0o777), b"/etc/passwd")], "member 'l': it is a link"),
        ([(entry("d", stat.S_IFCHR | 0o666), b"")], "member 'd': it is not a plain file"),
        ([(entry("d", stat.S_IFIFO | 0o666), b"")], "member 'd': it is not a plain file"),
        ([(entry("d", stat.S_IFDIR | 0o777), b"")], "member 'd': it is a directory named like a file"),
        ([(entry("d/", stat.S_IFLNK | 0o777), b"")], "member 'd': it is a link"),
        ([("d/", b"content")], "member 'd': a directory with content"),
        ([("a", b"1"), ("./a", b"2")], "member 'a': the name comes twice"),
        ([("a", b"1"), ("a/b", b"2")], "member 'a': it is a file and a directory"),
        ([("a/b", b"1"), ("a", b"2")], "member 'a': the name comes twice"),
        ([("a/", b""), ("a", b"2")], "member 'a': the name comes twice"),
    ],
)
def test_refused_members(
    tmp_path: Path, members: list[tuple[str | zipfile.ZipInfo, bytes]], refusal: str
) -> None:
    path = zip_file(tmp_path / "m.mar", members)
    with pytest.raises(UnsafeArchiveError) as error:
        contents(path)
    assert str(error.value).startswith(refusal)


def test_a_bad_member_stops_everything_before_the_first_is_read(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "m.mar", [("a", b"A"), ("/b", b"")])
    with path.open("rb") as file, pytest.raises(UnsafeArchiveError):
        next(zip_members(file, UnpackLimits()))


def patched(path: Path, change: Callable[[bytearray, int], None]) -> Path:
    """Change the fields of the first member in the central directory."""
    data = bytearray(path.read_bytes())
    change(data, data.index(b"PK\x01\x02"))
    path.write_bytes(data)
    return path


def test_an_encrypted_member(tmp_path: Path) -> None:
    path = patched(
        zip_file(tmp_path / "m.mar", [("a", b"A")]), lambda data, at: struct.pack_into("<H", data, at + 8, 1)
    )
    with pytest.raises(UnsafeArchiveError, match="member 'a': it is encrypted"):
        contents(path)


def test_another_compression(tmp_path: Path) -> None:
    path = tmp_path / "m.mar"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"A" * 100)
    with pytest.raises(
        UnsafeArchiveError, match="member 'a': compressed by method 14; only stored and deflated"
    ):
        contents(path)


def test_a_name_that_goes_on_after_a_zero(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "m.mar", [("a.py_.txt", b"A")])
    path.write_bytes(path.read_bytes().replace(b"a.py_.txt", b"a.py\0.txt"))
    with pytest.raises(UnsafeArchiveError, match="control characters"):
        contents(path)


def test_too_many_members(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "m.mar", [("a", b""), ("b/c", b"")])
    assert len(contents(path, UnpackLimits(max_entries=3))) == 2
    with pytest.raises(
        UnsafeArchiveError, match=r"member 'b/c': more than 2 files and directories \(max_entries\)"
    ):
        contents(path, UnpackLimits(max_entries=2))


def test_a_list_of_members_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "m.mar", [(f"{number:0200}", b"") for number in range(100)])
    with pytest.raises(
        UnsafeArchiveError, match=r"its list of members is larger than 2560 bytes.*\(max_entries\)"
    ):
        contents(path, UnpackLimits(max_entries=10))


def test_a_wide_list_of_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 5)  # writes the 64-bit form of the end
    path = zip_file(tmp_path / "m.mar", [(f"{number:0200}", b"") for number in range(100)])
    assert b"PK\x06\x06" in path.read_bytes()
    assert len(contents(path)) == 100
    data = bytearray(path.read_bytes())
    struct.pack_into("<L", data, data.index(b"PK\x05\x06") + 12, 0)
    path.write_bytes(data)
    with pytest.raises(UnsafeArchiveError, match="its list of members is larger than"):
        contents(path, UnpackLimits(max_entries=10))


def test_too_many_bytes(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "m.mar", [("a", os.urandom(600)), ("b", os.urandom(600))])
    assert len(contents(path, UnpackLimits(max_bytes=1200))) == 2
    with (
        path.open("rb") as file,
        pytest.raises(UnsafeArchiveError, match=r"more than 1199 bytes \(max_bytes\)"),
    ):
        next(zip_members(file, UnpackLimits(max_bytes=1199)))  # by what it announces


def test_too_good_a_compression(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "m.mar", [("zeros", bytes(2_000_000))])
    assert len(contents(path)) == 1  # little is allowed at any ratio
    with pytest.raises(UnsafeArchiveError, match=r"more than 100 times the archive's size \(max_ratio\)"):
        contents(path, UnpackLimits(ratio_free_bytes=1000))
    assert len(contents(path, UnpackLimits(ratio_free_bytes=1000, max_ratio=2000))) == 1


def test_a_size_that_is_announced_too_small(tmp_path: Path) -> None:
    path = patched(
        zip_file(tmp_path / "m.mar", [("zeros", bytes(2_000_000))]),
        lambda data, at: struct.pack_into("<L", data, at + 24, 5),
    )
    with pytest.raises(ArchiveError):
        contents(path)


def test_a_member_outside_of_the_archive(tmp_path: Path) -> None:
    for shift in (100, -100):  # of where the list of members is said to be, and all else with it
        path = zip_file(tmp_path / "m.mar", [("a", os.urandom(500))])
        data = bytearray(path.read_bytes())
        end = data.index(b"PK\x05\x06")
        (offset,) = struct.unpack_from("<L", data, end + 16)
        struct.pack_into("<L", data, end + 16, offset + shift)
        struct.pack_into("<L", data, data.index(b"PK\x01\x02") + 42, 0 if shift > 0 else len(data))
        path.write_bytes(data)
        with pytest.raises(UnsafeArchiveError, match="member 'a': it lies outside of the archive"):
            contents(path)


def test_members_that_share_their_bytes(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "m.mar", [("a", os.urandom(5000)), ("b", b"")])
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\x01\x02")
    struct.pack_into("<LL", data, second + 20, 5000, 5000)
    path.write_bytes(data)
    with pytest.raises(UnsafeArchiveError, match="members overlap"):
        contents(path)


@pytest.mark.parametrize("content", [b"", b"PK", b"not an archive at all", b"PK\x05\x06" + bytes(10)])
def test_what_is_no_zip_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.mar"
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="the zip file is damaged"):
        contents(path)


@given(st.data())
def test_damage_is_noticed_or_harmless(data: st.DataObject) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.py", b"print()" * 30)
        archive.writestr("d/b", b"")
    damaged = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    del damaged[data.draw(st.integers(len(damaged) // 2, len(damaged))) :]
    with TemporaryArchive(bytes(damaged)) as file:
        try:
            for member, chunks in zip_members(file, UnpackLimits()):
                assert ".." not in member.name.split("/")
                assert sum(map(len, chunks)) == member.size
        except ArchiveError:
            pass


class TemporaryArchive:
    """An open file with this content; hypothesis runs many examples per fixture."""

    def __init__(self, content: bytes) -> None:
        self._handle = os.memfd_create("archive")
        self._file = os.fdopen(self._handle, "r+b")
        self._file.write(content)
        self._file.seek(0)

    def __enter__(self) -> "io.BufferedRandom":
        return self._file

    def __exit__(self, *_: object) -> None:
        self._file.close()
