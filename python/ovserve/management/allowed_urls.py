"""Which URLs archives may be fetched from, decided before anything is looked up or opened."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from ovserve.errors import ConfigurationError, InvalidArgumentError, NotFoundError

LONGEST_URL = 2048

_URL = re.compile(r"(?:https?|file)://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443, "file": 0}
_AUTHORITY = re.compile(r"(?:\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::[0-9]{1,5})?", re.IGNORECASE)
_DIGEST = re.compile("sha256=([0-9A-Fa-f]{64})")

# What follows a host that a pattern spells out: a port, a path, the end, or anything that is no letter.
_SPELLED = re.compile(
    r"\^?(?:\(\?i\))?(?:https\?|http\(s\)\?|\((?:https\|http|http\|https)\)|https|http)(?::|\\:)(?:/|\\/){2}"
    r"(?P<host>(?:[A-Za-z0-9-]|\\?\.(?![*+?{])|\\-|:(?=[0-9A-Fa-f:]*\\\])|\\\[|\\\])+)(?![A-Za-z0-9*+?{-])",
    re.IGNORECASE,
)

# Where clouds have services that give out secrets, in ranges that count as global.
_METADATA_SERVICES = (ipaddress.ip_network("168.63.129.16/32"), ipaddress.ip_network("192.0.0.0/24"))
_EMBEDS_IPV4 = ipaddress.ip_network("64:ff9b::/96")

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class UrlNotAllowedError(NotFoundError):
    """The URL is none that archives may come from."""


@dataclass(frozen=True, slots=True)
class ArchiveUrl:
    """A URL that was taken apart once; everything later works on these parts.

    Attributes:
        text: without the fragment.
        scheme: lower case.
        host: lower case, without brackets; empty for files.
        sha256: lower case, if the fragment pins it.
    """

    text: str
    scheme: str
    host: str
    port: int
    path: str  # as written; never empty
    query: str
    sha256: str | None = None


def is_url(text: str) -> bool:
    """Tell whether this is a URL and not a name or path in the store."""
    return re.match("[A-Za-z][A-Za-z0-9+.-]*://", text) is not None


def parse_url(text: str) -> ArchiveUrl:
    """Take a URL apart; it may end in ``#sha256=`` and 64 hexadecimal digits.

    Raises:
        UrlNotAllowedError: it climbs with ``..``, carries a user, or is of no form that is ever allowed.
        InvalidArgumentError: the fragment is no digest.
    """
    if ".." in _decoded(text):
        raise UrlNotAllowedError(f"Relative path is not allowed in url: {shown(text)}")
    if len(text) > LONGEST_URL or not _URL.fullmatch(text):
        raise not_allowed(text)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise not_allowed(text) from None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if not _is_host(scheme, host, parts):
        raise not_allowed(text)
    if port == 0 or (scheme == "file" and port is not None):
        raise not_allowed(text)
    bare, _, fragment = text.partition("#")
    digest = _DIGEST.fullmatch(fragment)
    if fragment and digest is None:
        raise InvalidArgumentError("the fragment of the url must be sha256= and 64 hexadecimal digits")
    return ArchiveUrl(
        text=bare,
        scheme=scheme,
        host=host,
        port=port or _DEFAULT_PORTS[scheme],
        path=parts.path or "/",
        query=parts.query,
        sha256=digest[1].lower() if digest else None,
    )


def shown(text: str) -> str:
    """Return a URL for messages: without user and password, on one line and not endless."""
    plain = re.sub("//[^/?#]*@", "//", text)[:LONGEST_URL]
    return "".join(character if character.isprintable() else "?" for character in plain)


def not_allowed(text: str) -> UrlNotAllowedError:
    """Return the error for a URL that no pattern allows."""
    return UrlNotAllowedError(f"Given URL {shown(text)} does not match any allowed URL(s)")


class AllowedUrls:
    """The patterns, each a regular expression for a whole URL, in any case.

    Raises:
        ConfigurationError: one is no regular expression.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        try:
            self._patterns = [(re.compile(each, re.IGNORECASE), spelled_host(each)) for each in patterns]
        except re.error as error:
            raise ConfigurationError(f"allowed_urls: no regular expression: {error}") from None

    def check(self, url: ArchiveUrl) -> bool:
        """Tell whether the pattern that allows this URL spells its host out, so that it may be private.

        Raises:
            UrlNotAllowedError: no pattern allows it.
        """
        matching = [host for pattern, host in self._patterns if pattern.fullmatch(url.text)]
        if not matching:
            raise not_allowed(url.text)
        return url.host in matching


def spelled_host(pattern: str) -> str | None:
    """Return the host that a pattern begins with, if it is there letter by letter."""
    match = _SPELLED.match(pattern)
    return match["host"].replace("\\", "").strip("[]").lower() if match else None


def is_public(address: IpAddress) -> bool:
    """Tell whether an address is one of the open Internet.

    Not: this machine, private and link-local networks, metadata services of clouds, multicast, and IPv6
    addresses that stand for such IPv4 addresses.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in _EMBEDS_IPV4:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    if any(address in network for network in _METADATA_SERVICES):
        return False
    return address.is_global and not address.is_multicast


def _decoded(text: str) -> str:
    """Undo percent signs as often as somebody behind might."""
    for _ in range(4):
        text, before = unquote(text), text
        if text == before:
            break
    return text


def _is_host(scheme: str, host: str, parts: SplitResult) -> bool:
    if scheme == "file":
        return parts.netloc == "" and parts.query == ""
    if not _AUTHORITY.fullmatch(parts.netloc):  # a user among what this leaves out
        return False
    if parts.netloc.startswith("["):
        try:
            return ipaddress.IPv6Address(host).scope_id is None
        except ValueError:
            return False
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.?", host):
        return False
    # 127.1, 0x7f.0.0.1 and 2130706433 are addresses too, for some readers.
    if re.fullmatch("[0-9]+|0x[0-9a-f]*", host.rstrip(".").rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(host)) == host
        except ValueError:
            return False
    return True
