"""What an archive holds, one member after the other, whatever container it is.

Nothing is handed out that could be written outside of a directory, or that is not a plain file or directory.
"""

import gzip
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from ovserve.archive.limits import Budget
from ovserve.archive.names import printable
from ovserve.archive.refusals import ArchiveError, UnsafeArchiveError

CHUNK = 1 << 20
"""Bytes that are read at once."""


_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    ValueError,
)
"""What the standard library raises at a file that is not as it should be."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file or directory of an archive."""

    name: str
    """Relative path with slashes, checked; never empty."""

    size: int
    """Bytes unpacked, as the archive says."""

    is_directory: bool = False
    is_executable: bool = False


class SeenNames:
    """The members so far: none comes twice, none lies below a file.

    Args:
        budget: counts every file and directory, also those that only names of others mention.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._files: set[str] = set()
        self._directories: set[str] = {""}

    def add(self, name: str, is_directory: bool) -> None:
        """Note a member.

        Raises:
            UnsafeArchiveError: the name was there before as something else, or there are too many.
        """
        parent = name.rpartition("/")[0]
        if name in self._files or (name in self._directories and not is_directory):
            raise UnsafeArchiveError(f"member {printable(name)}: the name comes twice")
        self._add_directories(name if is_directory else parent)
        if not is_directory:
            self._files.add(name)
            self._budget.add_entry(name)

    def _add_directories(self, name: str) -> None:
        while name not in self._directories:
            if name in self._files:
                raise UnsafeArchiveError(f"member {printable(name)}: it is a file and a directory")
            self._directories.add(name)
            self._budget.add_entry(name)
            name = name.rpartition("/")[0]


@contextmanager
def noticing_damage(where: str) -> Iterator[None]:
    """Turn what reading a damaged file raises into a refusal.

    Args:
        where: how the message begins.
    """
    try:
        yield
    except _DAMAGE as error:
        raise ArchiveError(f"{where} is damaged: {error}") from None


def read_content(content: IO[bytes], member: Member, budget: Budget) -> Iterator[bytes]:
    """Yield a member's bytes in pieces.

    Raises:
        UnsafeArchiveError: they are more than the limits allow, or not as many as announced.
        ArchiveError: they are damaged.
    """
    count = 0
    with noticing_damage(f"member {printable(member.name)}"):
        while chunk := content.read(CHUNK):
            count += len(chunk)
            budget.add_bytes(len(chunk), member.name)
            yield chunk
    if count != member.size:
        raise UnsafeArchiveError(
            f"member {printable(member.name)}: {count} bytes, but {member.size} are announced"
        )


def size_of(file: IO[bytes]) -> int:
    """Return the size of an open file in bytes."""
    return os.fstat(file.fileno()).st_size
