"""Members of a gzip-compressed tar file: ``.tar.gz`` and ``.tgz``."""

import gzip
import tarfile
from collections.abc import Iterator
from typing import IO, cast

from ovserve.archive.limits import Budget, UnpackLimits
from ovserve.archive.members import CHUNK, Member, SeenNames, noticing_damage, read_content, size_of
from ovserve.archive.names import member_path, printable
from ovserve.archive.refusals import ArchiveError, UnsafeArchiveError

_MAGIC = b"\x1f\x8b"
_BLOCK = 512


def is_gzip(file: IO[bytes]) -> bool:
    """Tell whether an open file begins like a gzip file; it is at its start afterwards."""
    file.seek(0)
    start = file.read(len(_MAGIC))
    file.seek(0)
    return start == _MAGIC


def tar_members(file: IO[bytes], limits: UnpackLimits) -> Iterator[tuple[Member, Iterator[bytes]]]:
    """Yield every member with its content, which is to be read before the next one is asked for.

    A bad member may come after good ones: what was written until then has to be removed.

    Raises:
        UnsafeArchiveError: see :mod:`ovserve.archive.members`.
        ArchiveError: the file is damaged.
    """
    with noticing_damage("the tar file"):
        yield from _members(file, limits)


def _members(file: IO[bytes], limits: UnpackLimits) -> Iterator[tuple[Member, Iterator[bytes]]]:
    archive_bytes = size_of(file)
    budget = Budget(limits, archive_bytes)
    names = SeenNames(budget)
    with gzip.GzipFile(fileobj=file, mode="rb") as unzipped:
        stream = _ForwardStream(unzipped, Budget(limits, archive_bytes))
        with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r:") as archive:
            while (info := archive.next()) is not None:
                member = _checked(info, names)
                if member is None:
                    continue
                stream.member = member.name
                content = archive.extractfile(info) if info.isreg() else None
                yield member, iter(()) if content is None else read_content(content, member, budget)
        # tarfile takes a broken header for the end, and gzip's checksum comes last.
        if any(stream.last_block):
            raise ArchiveError("the tar file is damaged: broken header")
        while stream.read(CHUNK):
            pass


def _checked(info: tarfile.TarInfo, names: SeenNames) -> Member | None:
    """Return the member, or None for the top directory itself."""
    if info.isdir() and info.name in ("", "."):
        return None
    name = member_path(info.name)
    if not name:
        return None
    if info.issym() or info.islnk():
        raise UnsafeArchiveError(f"member {printable(name)}: it is a link to {printable(info.linkname)}")
    if not (info.isreg() or info.isdir()):
        raise UnsafeArchiveError(f"member {printable(name)}: it is not a plain file")
    if info.size < 0:
        raise UnsafeArchiveError(f"member {printable(name)}: its size is negative")
    names.add(name, info.isdir())
    return Member(name, info.size, info.isdir(), bool(info.mode & 0o100))


class _ForwardStream:
    """What tarfile reads from: counts every unpacked byte, headers too, and never goes back.

    Going back would unpack everything anew, as often as a hostile header says.
    """

    def __init__(self, unzipped: gzip.GzipFile, budget: Budget) -> None:
        self._unzipped = unzipped
        self._budget = budget
        self._position = 0
        self.member = ""
        """The member that is being read, for errors."""
        self.last_block = b""
        """The last header that was looked for."""

    def tell(self) -> int:
        return self._position

    def seek(self, target: int) -> int:
        if target < self._position:
            raise tarfile.ReadError("a header leads backwards")
        while self._position < target:
            if not self._take(min(CHUNK, target - self._position)):
                break
        return self._position

    def read(self, size: int = -1) -> bytes:
        pieces: list[bytes] = []
        left = size
        while left != 0:
            piece = self._take(CHUNK if left < 0 else min(CHUNK, left))
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece) if left > 0 else 0
        data = b"".join(pieces)
        if size == _BLOCK:
            self.last_block = data
        return data

    def _take(self, size: int) -> bytes:
        piece = self._unzipped.read(size)
        self._position += len(piece)
        self._budget.add_bytes(len(piece), self.member)
        return piece
