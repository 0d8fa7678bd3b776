"""What is in an archive, told without unpacking it to the disk."""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ovserve.archive.digests import compare, file_digest
from ovserve.archive.limits import UnpackLimits
from ovserve.archive.manifest import MANIFEST_BYTES, Manifest, parse_manifest
from ovserve.archive.members import Member
from ovserve.archive.names import MANIFEST_FOLDER, MANIFEST_MEMBER, MANIFEST_NAME
from ovserve.archive.refusals import ArchiveError, DigestError, SignatureError
from ovserve.archive.signing import Signature, TrustedKey, check_signature, read_signature
from ovserve.archive.tar_members import is_gzip
from ovserve.archive.unpack import archive_members, is_directory, model_root


@dataclass(frozen=True, slots=True)
class Content:
    """One file of an archive."""

    name: str
    size: int
    """Bytes, unpacked."""

    digest: str
    """SHA-256 in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """An archive at a glance."""

    path: str
    kind: str
    """``zip``, ``tar.gz`` or ``directory``."""

    contents: tuple[Content, ...]
    manifest: Manifest | None
    """None if there is none, or if it is among the problems."""

    size: int | None = None
    """Bytes of the archive file."""

    digest: str | None = None
    """SHA-256 of the archive file."""

    signature: Signature | None = None
    signed_by: str | None = None
    """The id of the trusted key whose signature fits, if keys were given."""

    digests_match: bool | None = None
    """Whether all members are as the manifest records; None if it records nothing."""

    problems: tuple[str, ...] = ()
    """Why a server would refuse it."""


def inspect_archive(
    path: str, limits: UnpackLimits | None = None, trusted_keys: Sequence[TrustedKey] | None = None
) -> Inspection:
    """Read an archive once and check all that can be checked.

    Args:
        path: the archive or directory.
        limits: bounds of what it may unpack to.
        trusted_keys: with keys, a signature by one of them is required.

    Raises:
        ArchiveError: it could not be unpacked safely, or is damaged. The message begins with the path.
        OSError: it cannot be read.
    """
    try:
        if is_directory(path):
            return _directory(path, trusted_keys)
        return _file(path, limits or UnpackLimits(), trusted_keys)
    except ArchiveError as error:
        raise type(error)(f"{path}: {error}") from error.__cause__


def _directory(path: str, trusted_keys: Sequence[TrustedKey] | None) -> Inspection:
    root = model_root(Path(path))
    contents = [
        Content(str(file.relative_to(root)), file.stat().st_size, file_digest(file))
        for file in sorted(root.rglob("*"))
        if file.is_file() and "__pycache__" not in file.relative_to(root).parts
    ]
    texts = {name: _start_of(root / name) for name in (MANIFEST_MEMBER, MANIFEST_NAME)}
    problems: list[str] = []
    if trusted_keys is not None:
        problems.append("a directory cannot be signed; make an archive of it")
    manifest = _manifest(texts, problems)
    match = _digests_match(manifest, contents, problems)
    return Inspection(
        path, "directory", tuple(contents), manifest, digests_match=match, problems=tuple(problems)
    )


def _file(path: str, limits: UnpackLimits, trusted_keys: Sequence[TrustedKey] | None) -> Inspection:
    members: list[tuple[Member, str]] = []
    manifests: dict[str, bytes] = {}
    with open(path, "rb") as file:
        is_tar = is_gzip(file)
        for member, chunks in archive_members(file, limits):
            digest, start = hashlib.sha256(), b""
            for chunk in chunks:
                digest.update(chunk)
                if member.name.endswith(MANIFEST_NAME) and len(start) <= MANIFEST_BYTES:
                    start += chunk
            members.append((member, digest.hexdigest()))
            manifests[member.name] = start
    top = _only_top(member for member, _ in members) if is_tar else ""
    contents = [
        Content(member.name.removeprefix(top), member.size, digest)
        for member, digest in members
        if not member.is_directory
    ]
    texts = {name.removeprefix(top): text for name, text in manifests.items()}
    problems: list[str] = []
    digest_text = file_digest(path)
    signature, signed_by = _signature(path, digest_text, trusted_keys, problems)
    manifest = _manifest(texts, problems)
    return Inspection(
        path=path,
        kind="tar.gz" if is_tar else "zip",
        contents=tuple(sorted(contents, key=lambda one: one.name)),
        manifest=manifest,
        size=os.path.getsize(path),
        digest=digest_text,
        signature=signature,
        signed_by=signed_by,
        digests_match=_digests_match(manifest, contents, problems),
        problems=tuple(problems),
    )


def _only_top(members: Iterable[Member]) -> str:
    """Return the directory that unpacking leaves out, with its slash, by the rule of :func:`model_root`."""
    tops: set[str] = set()
    for member in members:
        top, slash, _ = member.name.partition("/")
        if not slash and not member.is_directory:
            return ""
        tops.add(top)
    only = tops.pop() if len(tops) == 1 else MANIFEST_FOLDER
    return "" if only == MANIFEST_FOLDER else f"{only}/"


def _start_of(path: Path) -> bytes | None:
    """Return as much of a manifest as tells whether it is too long; None if there is none."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return file.read(MANIFEST_BYTES + 1)


def _manifest(texts: Mapping[str, bytes | None], problems: list[str]) -> Manifest | None:
    """Return the manifest if there is one that can be used."""
    for name in (MANIFEST_MEMBER, MANIFEST_NAME):
        text = texts.get(name)
        if text is None:
            continue
        try:
            return parse_manifest(text, legacy=name == MANIFEST_NAME)
        except ArchiveError as error:
            problems.append(str(error))
            return None
    return None


def _digests_match(
    manifest: Manifest | None, contents: Sequence[Content], problems: list[str]
) -> bool | None:
    if manifest is None or not manifest.digests:
        return None
    actual = {one.name: one.digest for one in contents if one.name != MANIFEST_MEMBER}
    try:
        compare(actual, manifest.digests)
    except DigestError as error:
        problems.append(str(error))
        return False
    return True


def _signature(
    path: str, digest: str, trusted_keys: Sequence[TrustedKey] | None, problems: list[str]
) -> tuple[Signature | None, str | None]:
    signature = None
    try:
        signature = read_signature(path)
        if trusted_keys is not None:
            return signature, check_signature(digest, signature, trusted_keys)
    except SignatureError as error:
        problems.append(str(error))
    return signature, None
