"""Where the files of a service come from: the store, a path of the configuration, or an allowed URL."""

import os
from dataclasses import dataclass
from pathlib import Path

from ovserve.archive.signing import TrustedKey, load_trusted_keys
from ovserve.archive.unpack import ModelDirectory, unpack
from ovserve.management.allowed_urls import is_url
from ovserve.management.model_store import ArchiveNotFoundError, locate
from ovserve.management.remote_archives import RemoteArchive, RemoteArchives
from ovserve.ts_config.options import ServiceOptions


@dataclass(frozen=True, slots=True)
class ServiceFiles:
    """The files of one version; ``source`` is where they came from, a path of this machine."""

    directory: ModelDirectory
    source: str
    download: RemoteArchive | None = None

    def remove(self) -> None:
        """Remove what was unpacked and fetched; what the server did not make stays."""
        self.directory.remove()
        if self.download is not None:
            self.download.discard()


class Archives:
    """Finds and unpacks archives into a private directory. May be used from any thread.

    Args:
        options: store, allowed URLs, signatures.
        run_directory: private to this server.

    Raises:
        InvalidArgumentError, OSError: the trusted keys cannot be used.
        ConfigurationError: a pattern of ``allowed_urls`` is no regular expression.
    """

    def __init__(self, options: ServiceOptions, run_directory: str) -> None:
        self._store = options.model_store
        self._unpacked = os.path.join(run_directory, "models")
        os.mkdir(self._unpacked, 0o700)
        self._remote = RemoteArchives(options.remote_archives, os.path.join(run_directory, "downloads"))
        self._trusted: tuple[TrustedKey, ...] | None = None
        if options.require_signed_archives:
            self._trusted = load_trusted_keys([options.trusted_keys] if options.trusted_keys else [])

    def by_url(self, url: str, sha256: str | None = None) -> ServiceFiles:
        """Return the files of an archive that a request or the start names: a name in the store or a URL.

        Raises:
            UrlNotAllowedError, ArchiveNotFoundError, DownloadError: it cannot be had from there.
            ArchiveError: it cannot be used.
            OSError: it cannot be read.
        """
        if not is_url(url):
            if self._store is None:
                raise ArchiveNotFoundError(f"Model not found at: {url}")
            return self.by_path(locate(self._store, url), sha256)
        download = self._remote.fetch(url, sha256)
        try:
            return ServiceFiles(self._unpack(download.path, None), download.path, download)
        except BaseException:
            download.discard()
            raise

    def by_path(self, path: str, sha256: str | None = None) -> ServiceFiles:
        """Return the files of an archive or directory that the server's owner named.

        Raises:
            ArchiveError: it cannot be used.
            OSError: it cannot be read.
        """
        return ServiceFiles(self._unpack(path, sha256), path)

    def _unpack(self, path: str, sha256: str | None) -> ModelDirectory:
        return unpack(path, self._unpacked, expected_digest=sha256, trusted_keys=self._trusted)


def fingerprint(path: str) -> tuple[tuple[str, int, int], ...]:
    """Return what tells one content of a file or directory from another: names, sizes and times."""
    if not os.path.isdir(path):
        return (_entry(path, ""),)
    found = []
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__pycache__")))
        for name in sorted(names):
            if not name.startswith("."):
                found.append(_entry(os.path.join(folder, name), str(Path(folder, name).relative_to(path))))
    return tuple(found)


def _entry(path: str, name: str) -> tuple[str, int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return name, -1, -1
    return name, status.st_size, status.st_mtime_ns
