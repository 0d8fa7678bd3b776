"""Which names a model and the members of an archive may have."""

import re

from ovserve.archive.refusals import UnsafeArchiveError
from ovserve.errors import InvalidArgumentError

MANIFEST_FOLDER = "MAR-INF"
MANIFEST_NAME = "MANIFEST.json"
MANIFEST_MEMBER = f"{MANIFEST_FOLDER}/{MANIFEST_NAME}"

ARCHIVE_SUFFIXES = (".tar.gz", ".tgz", ".mar", ".model")

_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-.]*")
_DRIVE = re.compile(r"[A-Za-z]:")
_LONGEST_PART = 255  # bytes, of Linux' file systems
_LONGEST_NAME = 3000  # bytes; leaves room in a path of 4096 for the directory that it is put in
_DEEPEST = 100


def check_model_name(name: str) -> None:
    """Refuse what the archivers refuse: names become files and parts of URLs.

    Raises:
        InvalidArgumentError: the name does not match the archivers' pattern.
    """
    if not _MODEL_NAME.fullmatch(name):
        raise InvalidArgumentError(
            f"Model name contains special characters: {name!r}. "
            f"The allowed regular expression filter for model name is: ^{_MODEL_NAME.pattern}$"
        )


def name_from_file(file_name: str) -> str:
    """Return the model's name that an archive without one gets: its file name without the suffix."""
    for suffix in ARCHIVE_SUFFIXES:
        if file_name.endswith(suffix):
            return file_name.removesuffix(suffix)
    return file_name


def member_path(name: str) -> str:
    """Return a member's name in its plain form: relative, parts joined by one slash, no dots.

    Directories end in a slash in some containers, here never. The name of the top itself is "".

    Raises:
        UnsafeArchiveError: it leads out of the directory, or no file can be named so.
    """
    reason = _danger(name)
    if reason:
        raise UnsafeArchiveError(f"member {printable(name)}: {reason}")
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def is_plain_path(name: str) -> bool:
    """Tell whether a manifest may name a file so."""
    return not _danger(name) and name.strip("./") != ""


def printable(name: str) -> str:
    """Return a hostile name in quotes, so that it cannot pass for anything else on a terminal or in a log."""
    shown = repr(name)
    return shown if len(shown) <= 200 else f"{shown[:200]}..."


def _danger(name: str) -> str:
    """Return why a member must not have this name, or nothing."""
    parts = name.split("/")
    if not name:
        return "the name is empty"
    if any(ord(character) < 32 or ord(character) == 127 for character in name):
        return "the name has control characters"
    if any("\ud800" <= character <= "\udfff" for character in name):
        return "the name is not UTF-8"
    if name.startswith("/"):
        return "the name is absolute"
    if "\\" in name:
        return "the name has a backslash"
    if any(_DRIVE.match(part) for part in parts):
        return "the name has a drive letter"
    if ".." in parts:
        return 'the name has a ".." in it, which leads out of the directory'
    if len(name.encode()) > _LONGEST_NAME or any(len(part.encode()) > _LONGEST_PART for part in parts):
        return "the name is too long"
    if len(parts) > _DEEPEST:
        return f"it lies more than {_DEEPEST} directories deep"
    return ""
