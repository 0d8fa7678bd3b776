"""How much an archive may unpack to, so that a small file cannot fill the disk."""

from dataclasses import dataclass

from ovserve.archive.names import printable
from ovserve.archive.refusals import UnsafeArchiveError


@dataclass(frozen=True, slots=True)
class UnpackLimits:
    """Bounds of one archive; what passes one is refused before or while it is written."""

    max_entries: int = 65_535
    """Files and directories, also those that only appear in the names of files."""

    max_bytes: int = 32 << 30
    """Bytes of all members together, unpacked."""

    max_ratio: float = 100.0
    """Unpacked bytes per byte of the archive, looked at above ``ratio_free_bytes``."""

    ratio_free_bytes: int = 64 << 20
    """Unpacked bytes that are allowed at any ratio: small files may compress very well."""


class Budget:
    """What is left of the limits while one archive is read.

    Args:
        limits: the bounds.
        archive_bytes: size of the archive itself.
    """

    def __init__(self, limits: UnpackLimits, archive_bytes: int) -> None:
        self._limits = limits
        self._by_ratio = max(limits.ratio_free_bytes, int(archive_bytes * limits.max_ratio))
        self._entries = 0
        self._bytes = 0

    def add_entry(self, name: str) -> None:
        """Count one file or directory.

        Raises:
            UnsafeArchiveError: it is one too many.
        """
        self._entries += 1
        if self._entries > self._limits.max_entries:
            raise UnsafeArchiveError(
                f"member {printable(name)}: more than {self._limits.max_entries} files and directories "
                "(max_entries)"
            )

    def check_declared(self, declared_bytes: int) -> None:
        """Refuse before anything is unpacked what says itself that it is too large.

        Raises:
            UnsafeArchiveError: the sizes that the archive gives are over a limit.
        """
        self._check(declared_bytes, "")

    def add_bytes(self, count: int, name: str) -> None:
        """Count unpacked bytes.

        Raises:
            UnsafeArchiveError: they are over a limit.
        """
        self._bytes += count
        self._check(self._bytes, f"member {printable(name)}: " if name else "")

    def _check(self, unpacked: int, where: str) -> None:
        if unpacked > self._limits.max_bytes:
            raise UnsafeArchiveError(
                f"{where}unpacks to more than {self._limits.max_bytes} bytes (max_bytes)"
            )
        if unpacked > self._by_ratio:
            raise UnsafeArchiveError(
                f"{where}unpacks to more than {self._limits.max_ratio:g} times the archive's size (max_ratio)"
            )
