"""Fetching archives by URL, from where the configuration allows it and nowhere else."""

import contextlib
import hashlib
import http.client
import ipaddress
import os
import re
import shutil
import socket
import ssl
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO, Protocol
from urllib.parse import quote, unquote, urljoin

from ovserve.errors import InvalidArgumentError
from ovserve.management.allowed_urls import (
    AllowedUrls,
    ArchiveUrl,
    IpAddress,
    UrlNotAllowedError,
    is_public,
    not_allowed,
    parse_url,
    shown,
)
from ovserve.management.pinned_connection import PinnedConnection
from ovserve.ts_config.options import RemoteArchiveRules

MOST_REDIRECTS = 5

_REDIRECTS = (301, 302, 303, 307, 308)
_PIECE = 1 << 18
_SHA256 = re.compile("[0-9A-Fa-f]{64}")

Resolve = Callable[[str, int], list[IpAddress]]


class DownloadError(InvalidArgumentError):
    """An allowed URL gave no archive. ``reason`` is for the log: clients should not learn about networks."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"Failed to download archive from: {shown(url)}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RemoteArchive:
    """A fetched archive in a directory of its own, which is the caller's from now on."""

    path: str
    sha256: str
    size: int  # bytes

    def discard(self) -> None:
        """Remove the file and its directory."""
        shutil.rmtree(os.path.dirname(self.path), ignore_errors=True)


class _Readable(Protocol):
    def read(self, amount: int, /) -> bytes: ...


class RemoteArchives:
    """Fetches archives into a private cache, each into a new directory. May be used from any thread.

    Args:
        rules: what may be fetched, how large, how long.
        cache: a directory that is nobody else's; made if missing.
        resolve: host and port to addresses; by default as the system does. Raises OSError.
        tls: for https; by default certificates are verified with the system's authorities.

    Raises:
        ConfigurationError: a pattern of the rules is no regular expression.
    """

    def __init__(
        self,
        rules: RemoteArchiveRules,
        cache: str,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._rules = rules
        self._allowed = AllowedUrls(rules.allowed_urls)
        self._cache = cache
        self._resolve = resolve or _resolved
        self._tls = tls

    def fetch(self, url: str, sha256: str | None = None) -> RemoteArchive:
        """Fetch an archive.

        Args:
            url: http, https or file; may end in ``#sha256=DIGEST``.
            sha256: what the archive's digest must be.

        Raises:
            UrlNotAllowedError: no rule allows the URL, or what it redirects to, or where its host is.
            DownloadError: it is allowed, but there is no archive, or it is too large, late or another one.
            InvalidArgumentError: the digest is none, or the two digests differ.
            OSError: the cache cannot be written.
        """
        parsed = parse_url(url)
        wanted = _digest(parsed.sha256, sha256)
        named = self._allowed.check(parsed)
        with self._new_file(parsed) as (file, path):
            try:
                with self._opened(parsed, named) as source:
                    digest, size = self._copied(source, file, parsed)
            except DownloadError as error:
                raise DownloadError(url, error.reason) from error
            except (http.client.HTTPException, ValueError) as error:
                raise DownloadError(url, f"no valid answer: {error!r}") from error
            if wanted is not None and digest != wanted:
                raise DownloadError(url, f"its SHA-256 is {digest}, not {wanted}")
        return RemoteArchive(path, digest, size)

    @contextlib.contextmanager
    def _new_file(self, url: ArchiveUrl) -> Iterator[tuple[IO[bytes], str]]:
        """Open a file in a directory of its own; if the block fails, both are removed."""
        _make_private(self._cache)
        folder = tempfile.mkdtemp(prefix="archive-", dir=self._cache)
        try:
            path = os.path.join(folder, _file_name(url))
            with open(path, "xb") as file:
                yield file, path
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    @contextlib.contextmanager
    def _opened(self, url: ArchiveUrl, named: bool) -> Iterator[_Readable]:
        if url.scheme == "file":
            with self._opened_file(url) as file:
                yield file
            return
        deadline = time.monotonic() + self._rules.timeout_s
        first, addresses = url, self._addresses(url, named)
        for _ in range(MOST_REDIRECTS + 1):
            with self._answered(url, addresses, deadline) as answer:
                if answer.status not in _REDIRECTS:
                    self._check_head(url, answer)
                    yield answer
                    return
                location = answer.getheader("Location")
            try:
                url = self._redirected(url, location)
                addresses = self._addresses(url, self._allowed.check(url))
            except UrlNotAllowedError as error:  # where it leads to may carry keys, and is not shown
                raise UrlNotAllowedError(
                    f"Given URL {first.text} leads to where archives may not come from"
                ) from error
        raise DownloadError(url.text, f"more than {MOST_REDIRECTS} redirects")

    @contextlib.contextmanager
    def _answered(
        self, url: ArchiveUrl, addresses: Sequence[IpAddress], deadline: float
    ) -> Iterator[http.client.HTTPResponse]:
        """Ask for one URL; what is too late fails, also where it looks like the end of an answer."""
        connection = PinnedConnection(url, addresses, deadline, self._tls or ssl.create_default_context())
        with contextlib.ExitStack() as stack:
            stack.callback(connection.release)
            try:
                answer = _asked(connection, url)
                stack.callback(answer.close)
                yield answer
            except (DownloadError, http.client.HTTPException):
                if not connection.timed_out:
                    raise
            if connection.timed_out:
                raise DownloadError(url.text, "it took too long")

    def _redirected(self, url: ArchiveUrl, location: str | None) -> ArchiveUrl:
        if not location:
            raise DownloadError(url.text, "a redirect to nowhere")
        target = replace(parse_url(urljoin(url.text, location).partition("#")[0]), sha256=None)
        if target.scheme != "https" and target.scheme != url.scheme:
            raise UrlNotAllowedError(f"{url.scheme} leads to {target.scheme}")
        return target

    def _addresses(self, url: ArchiveUrl, named: bool) -> list[IpAddress]:
        """Resolve the host once. All of its addresses must be public, unless a pattern names the host."""
        try:
            addresses = self._resolve(url.host, url.port)
        except (OSError, UnicodeError) as error:
            raise DownloadError(url.text, f"{url.host}: {error}") from error
        if not addresses:
            raise DownloadError(url.text, f"{url.host} has no address")
        if not named and not all(is_public(address) for address in addresses):
            raise UrlNotAllowedError(
                f"Given URL {url.text} leads into a private network; allowed_urls must spell its host out"
            )
        return addresses

    def _check_head(self, url: ArchiveUrl, answer: http.client.HTTPResponse) -> None:
        if answer.status != 200:
            raise DownloadError(url.text, f"status {answer.status}")
        encoding = answer.getheader("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            raise DownloadError(url.text, f"content encoding {encoding}, which was not asked for")
        if answer.length is not None and answer.length > self._rules.largest_bytes:
            raise self._too_large(url)

    def _copied(self, source: _Readable, file: IO[bytes], url: ArchiveUrl) -> tuple[str, int]:
        """Copy at most the allowed number of bytes; return the digest and the size."""
        declared = source.length if isinstance(source, http.client.HTTPResponse) else None
        digest, size = hashlib.sha256(), 0
        while piece := _read(source, url):
            size += len(piece)
            if size > self._rules.largest_bytes:
                raise self._too_large(url)
            digest.update(piece)
            file.write(piece)
        if declared is not None and size != declared:
            raise DownloadError(url.text, f"it broke off after {size} of {declared} bytes")
        return digest.hexdigest(), size

    @contextlib.contextmanager
    def _opened_file(self, url: ArchiveUrl) -> Iterator[IO[bytes]]:
        path = os.path.realpath(unquote(url.path))
        actual = f"file://{quote(path)}"
        if actual != url.text:  # where links lead must be allowed too, and is not shown
            try:
                self._allowed.check(parse_url(actual))
            except UrlNotAllowedError:
                raise not_allowed(url.text) from None
        try:
            # Without waiting for the other end of a pipe, should it be one.
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            raise DownloadError(url.text, str(error)) from error
        with contextlib.ExitStack() as stack:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                os.close(handle)
                raise DownloadError(url.text, "no regular file")
            yield stack.enter_context(open(handle, "rb"))

    def _too_large(self, url: ArchiveUrl) -> DownloadError:
        return DownloadError(url.text, f"it is larger than {self._rules.largest_bytes} bytes")


def _asked(connection: PinnedConnection, url: ArchiveUrl) -> http.client.HTTPResponse:
    try:
        return connection.get()
    except OSError as error:
        raise DownloadError(url.text, str(error)) from error


def _read(source: _Readable, url: ArchiveUrl) -> bytes:
    try:
        return source.read(_PIECE)
    except OSError as error:
        raise DownloadError(url.text, str(error)) from error


def _resolved(host: str, port: int) -> list[IpAddress]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(str(target[0])) for *_, target in found))


def _digest(pinned: str | None, given: str | None) -> str | None:
    if given is None:
        return pinned
    if not _SHA256.fullmatch(given):
        raise InvalidArgumentError("sha256: expected 64 hexadecimal digits")
    if pinned is not None and pinned != given.lower():
        raise InvalidArgumentError("sha256: the url pins another digest")
    return given.lower()


def _file_name(url: ArchiveUrl) -> str:
    """Return the URL's last part, or a name that is as good."""
    name = re.sub("[^A-Za-z0-9._-]", "_", unquote(url.path.rpartition("/")[2])).lstrip(".")
    return name[-100:].lstrip(".") or "archive.mar"


def _make_private(folder: str) -> None:
    os.makedirs(folder, mode=0o700, exist_ok=True)
    state = os.stat(folder, follow_symlinks=False)
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & 0o022:
        raise PermissionError(1, "others may write there; the cache must be this user's alone", folder)
