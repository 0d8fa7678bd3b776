import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.archives import tar_file
from ovserve.archive.limits import Budget, UnpackLimits
from ovserve.archive.refusals import ArchiveError, UnsafeArchiveError
from ovserve.archive.tar_members import _ForwardStream, is_gzip, tar_members


def contents(path: Path, limits: UnpackLimits | None = None) -> dict[str, bytes]:
    with path.open("rb") as file:
        return {
            member.name + "/" * member.is_directory: b"".join(chunks)
            for member, chunks in tar_members(file, limits or UnpackLimits())
        }


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def test_files_and_directories(tmp_path: Path) -> None:
    path = tar_file(
        tmp_path / "m.tgz",
        [
            (entry("./", tarfile.DIRTYPE), b""),
            ("./a", b"A"),
            (entry("d", tarfile.DIRTYPE), b""),
            ("d/b", b"B" * 3_000_000),
        ],
    )
    assert contents(path) == {"a": b"A", "d/": b"", "d/b": b"B" * 3_000_000}
    with path.open("rb") as file:
        assert is_gzip(file)
        assert file.tell() == 0


def test_contents_may_be_left_unread(tmp_path: Path) -> None:
    path = tar_file(tmp_path / "m.tgz", [("a", bytes(5000)), ("b", b"B")])
    with path.open("rb") as file:
        assert [member.name for member, _ in tar_members(file, UnpackLimits())] == ["a", "b"]


@pytest.mark.parametrize("format_", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names(tmp_path: Path, format_: int) -> None:
    name = "/".join(["n" * 100] * 5)
    with tarfile.open(tmp_path / "m.tgz", "w:gz", format=format_) as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO(b""))
    assert contents(tmp_path / "m.tgz") == {name: b""}


@pytest.mark.parametrize(
    ("member", "refusal"),
    [
        (entry("../x"), "member '../x': the name has a \"..\" in it"),
        (entry("/x"), "member '/x': the name is absolute"),
        (entry("l", tarfile.SYMTYPE, "/etc"), "member 'l': it is a link to '/etc'"),
        (entry("l", tarfile.LNKTYPE, "../x"), "member 'l': it is a link to '../x'"),
        (entry("d", tarfile.CHRTYPE), "member 'd': it is not a plain file"),
        (entry("d", tarfile.BLKTYPE), "member 'd': it is not a plain file"),
        (entry("d", tarfile.FIFOTYPE), "member 'd': it is not a plain file"),
        (entry("a"), "member 'a': the name comes twice"),
        (entry("a/b"), "member 'a': it is a file and a directory"),
    ],
)
def test_refused_members(tmp_path: Path, member: tarfile.TarInfo, refusal: str) -> None:
    path = tar_file(tmp_path / "m.tgz", [("a", b"A"), (member, b"")])
    with pytest.raises(UnsafeArchiveError) as error:
        contents(path)
    assert str(error.value).startswith(refusal)


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "m.tgz"
    with tarfile.open(path, "w:gz", format=tarfile.GNU_FORMAT, encoding="latin-1") as archive:
        archive.addfile(tarfile.TarInfo("ä"), io.BytesIO(b""))
    with pytest.raises(UnsafeArchiveError, match="the name is not UTF-8"):
        contents(path)


def test_limits(tmp_path: Path) -> None:
    path = tar_file(tmp_path / "m.tgz", [("a/b", os.urandom(30_000)), ("c", b"")])
    assert len(contents(path, UnpackLimits(max_entries=3, max_bytes=60_000))) == 2
    with pytest.raises(
        UnsafeArchiveError, match=r"member 'c': more than 2 files and directories \(max_entries\)"
    ):
        contents(path, UnpackLimits(max_entries=2))
    with pytest.raises(
        UnsafeArchiveError, match=r"member 'a/b': unpacks to more than 20000 bytes \(max_bytes\)"
    ):
        contents(path, UnpackLimits(max_bytes=20_000))


def test_too_good_a_compression(tmp_path: Path) -> None:
    path = tar_file(tmp_path / "m.tgz", [("zeros", bytes(3_000_000))])
    assert len(contents(path)) == 1
    with pytest.raises(
        UnsafeArchiveError, match=r"member 'zeros': unpacks to more than 100 times .* \(max_ratio\)"
    ):
        contents(path, UnpackLimits(ratio_free_bytes=100_000))


def sparse(real_size: str) -> bytes:
    """A file of a hole and nothing else: no bytes in the archive, any number of them unpacked."""
    info = tarfile.TarInfo("hole")
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = f"{real_size:>011}\0".encode()
    header[148:156] = b"        "
    header[148:156] = f"{sum(header[:512]):06o}\0 ".encode()
    return bytes(header) + bytes(1024)


def test_a_hole_counts_as_what_it_unpacks_to(tmp_path: Path) -> None:
    path = tmp_path / "m.tgz"
    path.write_bytes(gzip.compress(sparse("4000")))
    assert contents(path) == {"hole": bytes(2048)}
    path.write_bytes(gzip.compress(sparse("77777777777")))
    with pytest.raises(UnsafeArchiveError, match=r"member 'hole': unpacks to more than 1000000 bytes"):
        contents(path, UnpackLimits(max_bytes=1_000_000))


def test_a_header_that_unpacks_without_end(tmp_path: Path) -> None:
    """A name of 100 MB that compresses well: it must not be read into memory first."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 100_000_000
    path = tmp_path / "m.tgz"
    path.write_bytes(gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(100_000_000)))
    with pytest.raises(UnsafeArchiveError, match=r"unpacks to more than 100 times the archive's size"):
        contents(path)


@pytest.mark.parametrize(
    "kind", [tarfile.REGTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.DIRTYPE]
)
def test_a_negative_size(tmp_path: Path, kind: bytes) -> None:
    header = bytearray(entry("a", kind).tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 10 + b"\xfe\x00"
    header[148:156] = b"        "
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    path = tmp_path / "m.tgz"
    path.write_bytes(gzip.compress(bytes(header) + bytes(2048)))
    with pytest.raises(ArchiveError):
        contents(path)


def test_going_back_is_refused_instead_of_unpacking_anew() -> None:
    with gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(bytes(1000)))) as unzipped:
        stream = _ForwardStream(unzipped, Budget(UnpackLimits(), 100))
        assert stream.seek(600) == 600
        assert len(stream.read(-1)) == 400
        assert stream.seek(2000) == 1000
        with pytest.raises(tarfile.ReadError, match="backwards"):
            stream.seek(999)


def test_damage(tmp_path: Path) -> None:
    path = tar_file(tmp_path / "m.tgz", [("a", os.urandom(5000)), ("b", os.urandom(5000))])
    whole = path.read_bytes()
    plain = bytearray(gzip.decompress(whole))
    assert plain[5632:5633] == b"b"
    plain[5632 + 200] ^= 1  # the second header, whose own checksum does not fit then
    checksum = bytearray(whole)
    checksum[-5] ^= 1
    for content in (
        whole[:-2000],
        bytes(checksum),
        gzip.compress(plain),
        gzip.compress(b"x" * 5000),
        whole[:12],
    ):
        path.write_bytes(content)
        with pytest.raises(ArchiveError, match="is damaged: "):
            contents(path)


@given(st.data())
def test_damaged_headers_are_noticed_or_harmless(data: st.DataObject) -> None:
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w", format=data.draw(st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
    ) as archive:
        for name in ("a", "ü" * 80, "d/c"):
            info = tarfile.TarInfo(name)
            info.size = 600
            archive.addfile(info, io.BytesIO(b"c" * 600))
    damaged = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, 5000))] = data.draw(st.integers(0, 255))
    for at in range(0, 5120, 512):  # let the checksums of headers fit again, so that more than they is tried
        block = damaged[at : at + 512]
        if block[257:262] == b"ustar":
            block[148:156] = b"        "
            damaged[at + 148 : at + 156] = f"{sum(block):06o}\0 ".encode()
    with os.fdopen(os.memfd_create("archive"), "r+b") as file:
        file.write(gzip.compress(damaged, 1))
        file.seek(0)
        try:
            for member, chunks in tar_members(file, UnpackLimits(max_bytes=10_000_000)):
                assert ".." not in member.name.split("/")
                assert sum(map(len, chunks)) == member.size
        except ArchiveError:
            pass
