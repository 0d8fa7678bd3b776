"""SHA-256 of archives and of their members."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from ovserve.archive.members import CHUNK
from ovserve.archive.names import MANIFEST_MEMBER, printable
from ovserve.archive.refusals import DigestError

_MOST_NAMED = 3


def digest_of(file: IO[bytes], copy_to: IO[bytes] | None = None) -> str:
    """Return the SHA-256 of what is left of an open file, in hexadecimal.

    Args:
        file: read to its end.
        copy_to: gets the same bytes.
    """
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        if copy_to is not None:
            copy_to.write(chunk)
    return digest.hexdigest()


def file_digest(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        return digest_of(file)


def check_digest(actual: str, expected: str) -> None:
    """Compare digests of a whole archive.

    Raises:
        DigestError: they differ.
    """
    if actual != expected.lower():
        raise DigestError(f"its SHA-256 is {actual}, expected {expected}")


def check_files(root: Path, recorded: Mapping[str, str], in_use: bool = False) -> None:
    """Compare the files of an unpacked archive with the digests that its manifest records.

    Args:
        root: the archive's directory.
        recorded: digests by member name; with none nothing is checked.
        in_use: handlers may have run there, so that bytecode of theirs lies beside them.

    Raises:
        DigestError: a file differs, is missing, or has no digest.
    """
    if recorded:
        # What is no file has no digest; opening a pipe would wait for ever.
        actual = {
            name: file_digest(root / name) if (root / name).is_file() else "" for name in _files(root, in_use)
        }
        compare(actual, recorded)


def compare(actual: Mapping[str, str], recorded: Mapping[str, str]) -> None:
    """Compare digests by member name, the manifest's own left out.

    Raises:
        DigestError: a member differs, is missing, or has no digest.
    """
    missing, unknown = recorded.keys() - actual.keys(), actual.keys() - recorded.keys()
    changed = [name for name in actual.keys() & recorded.keys() if actual[name] != recorded[name]]
    findings = [f"member {printable(name)} is missing" for name in sorted(missing)]
    findings += [f"member {printable(name)} has no digest" for name in sorted(unknown)]
    findings += [f"member {printable(name)} is not what was recorded" for name in sorted(changed)]
    if findings:
        more = f" and {len(findings) - _MOST_NAMED} more" if len(findings) > _MOST_NAMED else ""
        raise DigestError(f"{', '.join(findings[:_MOST_NAMED])}{more} (SHA-256 in {MANIFEST_MEMBER})")


def _files(root: Path, in_use: bool) -> Iterator[str]:
    for folder, directories, files in os.walk(root):
        if in_use:
            directories[:] = [name for name in directories if name != "__pycache__"]
        for name in files:
            member = os.path.relpath(os.path.join(folder, name), root)
            if member != MANIFEST_MEMBER:
                yield member
