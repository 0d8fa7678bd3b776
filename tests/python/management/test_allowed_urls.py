import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovserve.errors import ConfigurationError, InvalidArgumentError
from ovserve.management.allowed_urls import (
    AllowedUrls,
    ArchiveUrl,
    UrlNotAllowedError,
    is_public,
    is_url,
    parse_url,
    shown,
    spelled_host,
)

DIGEST = "ab" * 32


def test_taking_apart() -> None:
    assert parse_url("http://Host.example/a/b.mar") == ArchiveUrl(
        "http://Host.example/a/b.mar", "http", "host.example", 80, "/a/b.mar", ""
    )
    assert parse_url(f"HTTPS://[::1]:8443/x?y=z#sha256={DIGEST.upper()}") == ArchiveUrl(
        "HTTPS://[::1]:8443/x?y=z", "https", "::1", 8443, "/x", "y=z", DIGEST
    )
    assert parse_url("https://10.0.0.1").path == "/"
    assert parse_url("file:///a/b.mar") == ArchiveUrl("file:///a/b.mar", "file", "", 0, "/a/b.mar", "")


@pytest.mark.parametrize(
    "text",
    [
        "http://h/../a.mar",
        "http://h/a..b.mar",
        "file:///a/%2e%2e/b",
        "file:///a/.%2E/b",
        "file:///a/%252e%252e/b",
        "http://h/x?y=..",
        "..",
    ],
)
def test_climbing_is_refused_before_all_else(text: str) -> None:
    with pytest.raises(UrlNotAllowedError, match=r"^Relative path is not allowed in url: "):
        parse_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://user@h/a.mar",
        "http://user:secret@h/a.mar",
        "http://allowed.example@10.0.0.1/a.mar",
        "http://h:80@10.0.0.1/a.mar",
        "http:///a.mar",
        "http://",
        "http://h:0/a",
        "http://h:70000/a",
        "http://h:x/a",
        "http://h\\@g/a",
        "http://h /a",
        "http://h/a b",
        "http://h/a\n",
        "http://h/ä",
        "http://hä/a",
        "http://[::1/a",
        "http://[::1]x/a",
        "http://[fe80::1%25eth0]/a",
        "http://127.1/a",
        "http://2130706433/a",
        "http://0x7f000001/a",
        "http://0x7f.0.0.1/a",
        "http://0177.0.0.1/a",
        "http://1.2.3.4./a",
        "http://h_h/a",
        "http://h%2eh/a",
        "ftp://h/a",
        "gopher://h/a",
        "file://h/a",
        "file://localhost:80/a",
        "file:///a?b",
        "http://h/" + "a" * 3000,
    ],
)
def test_forms_that_are_never_allowed(text: str) -> None:
    with pytest.raises(
        UrlNotAllowedError, match=r"^Given URL .* does not match any allowed URL\(s\)$"
    ) as caught:
        parse_url(text)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value)) < 2200


@pytest.mark.parametrize("fragment", ["x", "sha256=", "sha256=ab", f"sha256={DIGEST}0", f"md5={DIGEST}"])
def test_a_fragment_must_be_a_digest(fragment: str) -> None:
    with pytest.raises(InvalidArgumentError, match="fragment"):
        parse_url(f"http://h/a#{fragment}")


def test_urls_and_names() -> None:
    assert is_url("http://h/a")
    assert is_url("s3://b/a")
    assert not is_url("a.mar")
    assert not is_url("a/b://c")
    assert not is_url("/a/b.mar")


def test_what_is_shown_has_no_password() -> None:
    assert shown("http://user:p@ss@h/a@b") == "http://h/a@b"


def check(url: str, *patterns: str) -> bool:
    return AllowedUrls(patterns).check(parse_url(url))


def test_a_pattern_matches_the_whole_url_in_any_case() -> None:
    check("https://H.example/a.mar", r"https://h\.example/.*\.mar")
    check("https://h.example/a.mar#sha256=" + DIGEST, r"https://h\.example/.*\.mar")
    for url in (
        "https://h.example/a.mar.exe",
        "http://h.example/a.mar",
        "https://h.example.evil.example/a.mar",
        "https://evil.example/https://h.example/a.mar",
    ):
        with pytest.raises(UrlNotAllowedError):
            check(url, r"https://h\.example/[a-z]*\.mar")


def test_without_patterns_nothing_is_allowed() -> None:
    with pytest.raises(UrlNotAllowedError):
        check("https://h.example/a.mar")
    with pytest.raises(UrlNotAllowedError):
        check("file:///a.mar", "https?://.*")


def test_a_wrong_pattern_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="allowed_urls: no regular expression"):
        AllowedUrls(["("])


@pytest.mark.parametrize(
    ("pattern", "host"),
    [
        ("http://localhost/.*", "localhost"),
        ("http://localhost:8080/.*", "localhost"),
        ("http://localhost(:[0-9]+)?/.*", "localhost"),
        ("^https?://intranet/.*$", "intranet"),
        (r"http(s)?://10\.0\.0\.5/.*", "10.0.0.5"),
        ("(http|https)://10.0.0.5/.*", "10.0.0.5"),
        (r"(?i)https://Files\.Corp\-Net\.example:8443/.*", "files.corp-net.example"),
        (r"http://\[::1\]:8080/.*", "::1"),
        (r"http://\[fd00::1\]/.*", "fd00::1"),
        ("http://localhost", "localhost"),
        ("http://localhost.*", "localhost"),
        ("https?://.*", None),
        (".*", None),
        ("http://[a-z]+/.*", None),
        ("http://(localhost|other)/.*", None),
        ("http://locals?/.*", None),
        ("http://local-*/.*", None),
        (r"http://.*\.corp\.example/.*", None),
        ("file:///a/.*", None),
    ],
)
def test_hosts_that_a_pattern_spells_out(pattern: str, host: str | None) -> None:
    assert spelled_host(pattern) == host


def test_only_the_spelled_host_itself_may_be_private() -> None:
    assert check("http://localhost/a", "http://localhost/.*")
    assert check("http://localhost/a", "https?://.*", "http://localhost/.*")
    assert not check("http://localhost/a", "https?://.*")
    assert not check("http://localhost.example/a", "http://localhost.*")
    assert not check("http://10.0.0.7/a", "http://10.0.0.*/a")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.1.1", "172.16.0.1", "192.168.0.1", "169.254.169.254",
        "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.1", "255.255.255.255", "240.0.0.1",
        "::1", "::", "fe80::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_private_addresses(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.text(st.sampled_from("htps:/file@.%2e[]?#=1a\\\n ä"), max_size=40))
def test_any_text_is_taken_apart_or_refused(text: str) -> None:
    for start in ("", "http://", "https://h", "file:///"):
        try:
            url = parse_url(start + text)
        except (UrlNotAllowedError, InvalidArgumentError):
            continue
        assert url.scheme in ("http", "https", "file")
        assert ".." not in url.path
        assert "@" not in re.split("[/?]", url.text)[2]  # a query ends the host too
        assert bool(url.host) == (url.scheme != "file")
        assert url.path.startswith("/")
