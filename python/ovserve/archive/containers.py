"""Writing members into a zip file, a gzip-compressed tar file, or a directory.

Each writer has ``add(member, path)``, which returns the member's SHA-256, and ``finish(manifest)``.
"""

import gzip
import hashlib
import io
import os
import stat
import tarfile
import time
import zipfile
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self, cast

from ovserve.archive.manifest_text import fixed_time
from ovserve.archive.members import CHUNK
from ovserve.archive.names import MANIFEST_MEMBER


class Container(Protocol):
    """What members are written into. A context manager, left only when all is on its way to the disk."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def add(self, member: str, path: str) -> str:
        """Write one file and return its SHA-256 in hexadecimal."""
        ...

    def finish(self, manifest: str) -> None:
        """Write the manifest, as the last member."""
        ...


class _Hashing:
    """A file to read from that notes the digest of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._digest.update(data)
        return data

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


class ZipContainer:
    """A ``.mar`` file, with one method of compression for all members.

    Args:
        file: where to.
        stored: leave members uncompressed.
        reproducible: fixed times and modes.
    """

    def __init__(self, file: IO[bytes], stored: bool, reproducible: bool) -> None:
        self._method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        self._archive = zipfile.ZipFile(file, "w", self._method)
        self._reproducible = reproducible

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.close()

    def add(self, member: str, path: str) -> str:
        """Write one file and return its SHA-256 in hexadecimal."""
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            info = self._info(member, time.localtime(status.st_mtime), status.st_mode)
            info.file_size = status.st_size  # lets zipfile choose the wide form for large files
            source = _Hashing(file)
            with self._archive.open(info, "w") as target:
                while chunk := source.read(CHUNK):
                    target.write(chunk)
        return source.hexdigest()

    def finish(self, manifest: str) -> None:
        """Write the manifest, as the last member."""
        info = self._info(MANIFEST_MEMBER, time.localtime(), 0o600)
        self._archive.writestr(info, manifest.encode())

    def _info(self, member: str, when: time.struct_time, mode: int) -> zipfile.ZipInfo:
        if self._reproducible:
            when, mode = time.gmtime(fixed_time()), _plain_mode(mode)
        moment = (max(when[0], 1980), *when[1:6]) if when[0] <= 2107 else (2107, 12, 31, 23, 59, 58)
        info = zipfile.ZipInfo(member, moment)
        info.compress_type = self._method
        info.external_attr = (mode & 0xFFFF) << 16
        return info


class TarContainer:
    """A ``.tar.gz`` file with one top directory.

    Args:
        file: where to.
        top: the name of that directory.
        reproducible: fixed times, modes and owners.
    """

    def __init__(self, file: IO[bytes], top: str, reproducible: bool) -> None:
        zipped = gzip.GzipFile("", "wb", fileobj=file, mtime=fixed_time() if reproducible else None)
        self._zipped = zipped
        self._archive = tarfile.open(fileobj=zipped, mode="w")  # noqa: SIM115
        self._top = top
        self._reproducible = reproducible

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.close()
        self._zipped.close()

    def add(self, member: str, path: str) -> str:
        """Write one file and return its SHA-256 in hexadecimal."""
        with open(path, "rb") as file:
            info = self._archive.gettarinfo(arcname=f"{self._top}/{member}", fileobj=file)
            # A second name of the same file would become a link, which no careful reader takes.
            info.type, info.linkname = tarfile.REGTYPE, ""
            info.size = os.fstat(file.fileno()).st_size
            source = _Hashing(file)
            self._add(info, cast(IO[bytes], source))
        return source.hexdigest()

    def finish(self, manifest: str) -> None:
        """Write the manifest, as the last member."""
        content = manifest.encode()
        info = tarfile.TarInfo(f"{self._top}/{MANIFEST_MEMBER}")
        info.size = len(content)
        self._add(info, io.BytesIO(content))

    def _add(self, info: tarfile.TarInfo, content: IO[bytes]) -> None:
        if self._reproducible:
            info.mtime, info.mode = fixed_time(), stat.S_IMODE(_plain_mode(info.mode))
            info.uid = info.gid = 0
            info.uname = info.gname = ""
        self._archive.addfile(info, content)


class DirectoryContainer:
    """A plain directory.

    Args:
        folder: an empty one.
        reproducible: fixed modes; times are when it was written.
    """

    def __init__(self, folder: str, reproducible: bool) -> None:
        self._folder = Path(folder)
        self._reproducible = reproducible

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def add(self, member: str, path: str) -> str:
        """Write one file and return its SHA-256 in hexadecimal."""
        target = self._folder / member
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "rb") as file, target.open("xb") as out:
            mode = os.fstat(file.fileno()).st_mode
            os.fchmod(out.fileno(), stat.S_IMODE(_plain_mode(mode) if self._reproducible else mode))
            source = _Hashing(file)
            while chunk := source.read(CHUNK):
                out.write(chunk)
        return source.hexdigest()

    def finish(self, manifest: str) -> None:
        """Write the manifest, as the last member."""
        target = self._folder / MANIFEST_MEMBER
        target.parent.mkdir(exist_ok=True)
        target.write_text(manifest)


def _plain_mode(mode: int) -> int:
    return stat.S_IFREG | (0o755 if mode & stat.S_IXUSR else 0o644)
