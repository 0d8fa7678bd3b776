"""The directory that services are loaded from by name."""

import os

from ovserve.errors import NotFoundError
from ovserve.management.allowed_urls import UrlNotAllowedError, shown

ARCHIVE_SUFFIXES = (".mar", ".model", ".tar.gz", ".tgz")


class ArchiveNotFoundError(NotFoundError):
    """There is no such archive in the store."""


def locate(store: str, name: str) -> str:
    """Return the absolute path of an archive or a directory in the store.

    Args:
        store: absolute.
        name: a name, a path below the store, or an absolute path that lies in it. Links in the store are
            the owner's and are followed.

    Raises:
        UrlNotAllowedError: the name climbs with ``..``.
        ArchiveNotFoundError: there is nothing, or the path lies elsewhere.
    """
    if ".." in name:
        raise UrlNotAllowedError(f"Relative path is not allowed in url: {shown(name)}")
    path = os.path.normpath(os.path.join(store, name))
    inside = path.startswith(os.path.join(os.path.normpath(store), ""))
    if "\0" in name or not name or not inside or not (os.path.isfile(path) or os.path.isdir(path)):
        raise ArchiveNotFoundError(f"Model not found at: {shown(name)}")
    return path


def archives_in(store: str) -> tuple[str, ...]:
    """Return the names of all that can be loaded, sorted: archives, and directories that are not hidden.

    Raises:
        OSError: the store cannot be read.
    """
    with os.scandir(store) as entries:
        return tuple(sorted(entry.name for entry in entries if _is_archive(entry)))


def _is_archive(entry: "os.DirEntry[str]") -> bool:
    if entry.name.startswith("."):
        return False
    return entry.is_dir() or (entry.is_file() and entry.name.endswith(ARCHIVE_SUFFIXES))
