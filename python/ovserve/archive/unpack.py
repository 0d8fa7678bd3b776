"""From an archive, whoever made it, to a directory that workers can run from."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ovserve.archive.digests import check_digest, check_files, digest_of
from ovserve.archive.limits import UnpackLimits
from ovserve.archive.manifest import Manifest, read_manifest
from ovserve.archive.members import Member
from ovserve.archive.model_config import ModelConfig, read_model_config
from ovserve.archive.names import MANIFEST_FOLDER, name_from_file, printable
from ovserve.archive.refusals import ArchiveError, SignatureError, UnsafeArchiveError
from ovserve.archive.signing import TrustedKey, check_signature, read_signature
from ovserve.archive.tar_members import is_gzip, tar_members
from ovserve.archive.zip_members import zip_members
from ovserve.errors import OvserveError


@dataclass(frozen=True, slots=True)
class ModelDirectory:
    """A model's files, ready to be used."""

    root: Path
    """What handlers know as ``model_dir``."""

    manifest: Manifest
    config: ModelConfig
    unpacked_to: Path | None = None
    """The private directory that was made for it; None for a directory that is used in place."""

    digest: str | None = None
    """SHA-256 of the archive, if it was checked."""

    signed_by: str | None = None
    """The id of the key, if a signature was asked for."""

    def remove(self) -> None:
        """Remove what unpacking made; a directory that is used in place stays. May be called again."""
        if self.unpacked_to is not None:
            shutil.rmtree(self.unpacked_to, ignore_errors=True)


def unpack(
    path: str | os.PathLike[str],
    parent: str | os.PathLike[str],
    *,
    limits: UnpackLimits | None = None,
    expected_digest: str | None = None,
    trusted_keys: Sequence[TrustedKey] | None = None,
) -> ModelDirectory:
    """Unpack an archive into a new private directory (mode 700), or use a directory in place.

    What is a zip or a gzip-compressed tar file is told from its content. The one top directory of a tar file
    is left out, as is that of a directory. If the archive is refused, nothing of it stays.

    Args:
        path: the archive or directory.
        parent: where the private directory is made; it has to exist.
        limits: bounds of what comes out.
        expected_digest: SHA-256 that the archive file must have, in hexadecimal.
        trusted_keys: keys one of which must have signed the archive; None asks for no signature.

    Raises:
        ArchiveError: it is refused; its subclasses and the message say why. The message begins with the path.
        OSError: it cannot be read, or there is no room to write.
    """
    source = Path(path)
    with _naming(source):
        if is_directory(source):
            return _directory(source, expected_digest, trusted_keys)
        with source.open("rb") as file:
            folder = Path(tempfile.mkdtemp(prefix="model-", dir=parent))
            try:
                return _unpacked(
                    file, source, folder, limits or UnpackLimits(), expected_digest, trusted_keys
                )
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise


def archive_members(file: IO[bytes], limits: UnpackLimits) -> Iterator[tuple[Member, Iterator[bytes]]]:
    """Yield the members of an open zip or gzip-compressed tar file, each with its content.

    Raises:
        UnsafeArchiveError: see :mod:`ovserve.archive.members`.
        ArchiveError: it is damaged or neither of the two.
    """
    return tar_members(file, limits) if is_gzip(file) else zip_members(file, limits)


def is_directory(path: str | os.PathLike[str]) -> bool:
    """Tell a directory from a file.

    Raises:
        ArchiveError: it is neither; a pipe would keep whoever opens it waiting.
        OSError: there is nothing, or it cannot be reached.
    """
    mode = os.stat(path).st_mode
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise ArchiveError("neither a file nor a directory")
    return stat.S_ISDIR(mode)


def model_root(folder: Path) -> Path:
    """Return the directory of the model: the folder, or the only thing in it if that is a directory."""
    names = [entry.name for entry in os.scandir(folder)]
    if len(names) == 1 and names[0] != MANIFEST_FOLDER and (folder / names[0]).is_dir():
        return folder / names[0]
    return folder


def _directory(
    source: Path, expected_digest: str | None, trusted_keys: Sequence[TrustedKey] | None
) -> ModelDirectory:
    if trusted_keys is not None:
        raise SignatureError("a directory cannot be signed; make an archive of it")
    if expected_digest is not None:
        raise ArchiveError("a directory has no digest; make an archive of it")
    root = model_root(source).absolute()
    manifest = read_manifest(root, source.absolute().name)
    check_files(root, manifest.digests, in_use=True)
    return ModelDirectory(root, manifest, read_model_config(root, manifest))


def _unpacked(
    file: IO[bytes],
    source: Path,
    folder: Path,
    limits: UnpackLimits,
    expected_digest: str | None,
    trusted_keys: Sequence[TrustedKey] | None,
) -> ModelDirectory:
    digest = signed_by = None
    if expected_digest is not None or trusted_keys is not None:
        # A copy that nobody else can reach: what is checked is what is unpacked.
        with tempfile.TemporaryFile(dir=folder) as copy:
            digest = digest_of(file, copy)
            if expected_digest is not None:
                check_digest(digest, expected_digest)
            if trusted_keys is not None:
                signed_by = check_signature(digest, read_signature(str(source)), trusted_keys)
            copy.flush()
            root = _extracted(copy, folder, limits)
    else:
        root = _extracted(file, folder, limits)
    manifest = read_manifest(root, name_from_file(source.name))
    check_files(root, manifest.digests)
    config = read_model_config(root, manifest)
    return ModelDirectory(root, manifest, config, folder, digest, signed_by)


def _extracted(file: IO[bytes], folder: Path, limits: UnpackLimits) -> Path:
    """Write all members into a directory that only we can write to; return the model's directory in it."""
    is_tar, top = is_gzip(file), folder.resolve()
    for member, content in archive_members(file, limits):
        target = folder / member.name
        if not target.resolve().is_relative_to(top):  # the names were checked: a second look
            raise UnsafeArchiveError(f"member {printable(member.name)}: it leads out of the directory")
        if member.is_directory:
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            continue
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with open(os.open(target, flags, 0o700 if member.is_executable else 0o600), "wb") as out:
            for chunk in content:
                out.write(chunk)
    return model_root(folder) if is_tar else folder


@contextmanager
def _naming(source: Path) -> Iterator[None]:
    """Let every refusal begin with the archive's path."""
    try:
        yield
    except OvserveError as error:
        raise type(error)(f"{source}: {error}") from error.__cause__
