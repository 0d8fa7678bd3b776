"""Members of a zip file: ``.mar`` and ``.model``."""

import os
import stat
import struct
import zipfile
from collections.abc import Iterator
from typing import IO

from ovserve.archive.limits import Budget, UnpackLimits
from ovserve.archive.members import Member, SeenNames, noticing_damage, read_content, size_of
from ovserve.archive.names import member_path, printable
from ovserve.archive.refusals import UnsafeArchiveError

_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_END = b"PK\x05\x06"
_END_BYTES = 22
_END64 = b"PK\x06\x06"
_LOCATOR64_BYTES = 20
_END64_BYTES = 56
_LONGEST_COMMENT = 65_535
_DIRECTORY_BYTES_PER_ENTRY = 256


def zip_members(file: IO[bytes], limits: UnpackLimits) -> Iterator[tuple[Member, Iterator[bytes]]]:
    """Yield every member with its content, which is to be read before the next one is asked for.

    Raises:
        UnsafeArchiveError: see :mod:`ovserve.archive.members`.
        ArchiveError: the file is damaged.
    """
    with noticing_damage("the zip file"):
        yield from _members(file, limits)


def _members(file: IO[bytes], limits: UnpackLimits) -> Iterator[tuple[Member, Iterator[bytes]]]:
    _check_directory_size(file, limits)
    archive_bytes = size_of(file)
    budget = Budget(limits, archive_bytes)
    names = SeenNames(budget)
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        # All of them first: the last member may be the reason to write none.
        checked = [(info, _checked(info, names, archive_bytes)) for info in infos]
        budget.check_declared(sum(info.file_size for info in infos))
        if sum(info.compress_size for info in infos) > archive_bytes:
            raise UnsafeArchiveError("members overlap: they are larger together than the archive")
        for info, member in checked:
            if member is None:
                continue
            if member.is_directory:
                yield member, iter(())
                continue
            with archive.open(info) as content:
                yield member, read_content(content, member, budget)


def _checked(info: zipfile.ZipInfo, names: SeenNames, archive_bytes: int) -> Member | None:
    """Return the member, or None for the top directory itself."""
    name = member_path(info.orig_filename)
    if not name:
        return None
    mode = info.external_attr >> 16
    is_directory = info.orig_filename.endswith("/")
    if stat.S_IFMT(mode) not in (0, stat.S_IFDIR if is_directory else stat.S_IFREG):
        raise UnsafeArchiveError(f"member {printable(name)}: it is {_kind(mode)}")
    if info.flag_bits & _ENCRYPTED:
        raise UnsafeArchiveError(f"member {printable(name)}: it is encrypted")
    if info.compress_type not in _METHODS:
        raise UnsafeArchiveError(
            f"member {printable(name)}: compressed by method {info.compress_type}; only stored and deflated "
            "members are read"
        )
    if is_directory and info.file_size:
        raise UnsafeArchiveError(f"member {printable(name)}: a directory with content")
    if not 0 <= info.header_offset < archive_bytes:
        raise UnsafeArchiveError(f"member {printable(name)}: it lies outside of the archive")
    names.add(name, is_directory)
    return Member(name, info.file_size, is_directory, bool(mode & stat.S_IXUSR))


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a link"
    return "a directory named like a file" if stat.S_ISDIR(mode) else "not a plain file"


def _check_directory_size(file: IO[bytes], limits: UnpackLimits) -> None:
    """Refuse a list of members that would not fit into memory: it is read as a whole."""
    allowed = limits.max_entries * _DIRECTORY_BYTES_PER_ENTRY
    if _directory_bytes(file) > allowed:
        raise UnsafeArchiveError(
            f"its list of members is larger than {allowed} bytes, the bound of {limits.max_entries} entries "
            "(max_entries)"
        )


def _directory_bytes(file: IO[bytes]) -> int:
    """Return the size of the central directory as :mod:`zipfile` will read it; 0 if there is none."""
    size = size_of(file)
    file.seek(max(0, size - _END_BYTES - _LONGEST_COMMENT - _LOCATOR64_BYTES - _END64_BYTES))
    tail = file.read()
    end = len(tail) - _END_BYTES
    if end < 0 or not (tail.startswith(_END, end) and tail.endswith(b"\0\0")):
        end = tail.rfind(_END)
    file.seek(0, os.SEEK_SET)
    if end < 0 or len(tail) - end < _END_BYTES:
        return 0
    (count,) = struct.unpack_from("<L", tail, end + 12)
    wide = end - _LOCATOR64_BYTES - _END64_BYTES
    if wide >= 0 and tail.startswith(_END64, wide):
        (count,) = struct.unpack_from("<Q", tail, wide + 40)
    return int(count)
