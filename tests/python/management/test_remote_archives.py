import contextlib
import hashlib
import http.server
import ipaddress
import os
import resource
import signal
import socket
import ssl
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ovserve.errors import InvalidArgumentError
from ovserve.management.allowed_urls import UrlNotAllowedError
from ovserve.management.remote_archives import DownloadError, RemoteArchive, RemoteArchives
from ovserve.ts_config.options import RemoteArchiveRules

CONTENT = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(CONTENT).hexdigest()
GENEROUS_S = 60.0

Answer = Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers each path as the test says, and notes who was asked for what."""

    protocol_version = "HTTP/1.1"
    answers: dict[str, Answer]
    asked: list[tuple[str, str]]

    def do_GET(self) -> None:
        self.asked.append((self.headers["Host"], self.path))
        self.answers.get(self.path, lambda handler: handler.send_error(404))(self)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def content(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(CONTENT)))
    handler.end_headers()
    handler.wfile.write(CONTENT)


def chunked(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for i in range(0, len(CONTENT), 100_000):
        piece = CONTENT[i : i + 100_000]
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
    handler.wfile.write(b"0\r\n\r\n")


def until_closed(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(CONTENT)
    handler.close_connection = True


def redirect(location: str, status: int = 302) -> Answer:
    def answer(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Location", location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


class Site:
    """A real server on a port of 127.0.0.1."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, Answer] = {"/a.mar": content}
        self.asked: list[tuple[str, str]] = []
        handler = type("SiteHandler", (Handler,), {"answers": self.answers, "asked": self.asked})
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    with contextlib.closing(Site()) as one:
        yield one


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def resolve_here(host: str, port: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """As if every name of the tests were this machine's."""
    return [ipaddress.ip_address("127.0.0.1")]


def archives(cache: Path, *patterns: str, **rules: float) -> RemoteArchives:
    limits = RemoteArchiveRules(
        tuple(patterns),
        largest_bytes=int(rules.get("largest_bytes", 1 << 30)),
        timeout_s=rules.get("timeout_s", GENEROUS_S),
    )
    return RemoteArchives(limits, str(cache), resolve_here)


def left_behind(cache: Path) -> list[Path]:
    return list(cache.rglob("*")) if cache.exists() else []


@pytest.mark.parametrize("answer", [content, chunked, until_closed])
def test_an_archive_is_fetched_into_a_private_directory(site: Site, cache: Path, answer: Answer) -> None:
    site.answers["/models/a%20b.mar?x=y"] = answer
    url = f"http://127.0.0.1:{site.port}/models/a%20b.mar?x=y"
    archive = archives(cache, r"http://127\.0\.0\.1:[0-9]+/.*").fetch(url)
    assert Path(archive.path).read_bytes() == CONTENT
    assert Path(archive.path).name == "a_b.mar"
    assert (archive.sha256, archive.size) == (SHA256, len(CONTENT))
    assert site.asked == [(f"127.0.0.1:{site.port}", "/models/a%20b.mar?x=y")]
    for folder in (cache, Path(archive.path).parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    archive.discard()
    assert left_behind(cache) == []


def test_two_of_one_name_stand_side_by_side(site: Site, cache: Path) -> None:
    fetcher = archives(cache, "http://127.0.0.1:.*")
    found: list[RemoteArchive] = []
    threads = [
        threading.Thread(target=lambda: found.append(fetcher.fetch(f"http://127.0.0.1:{site.port}/a.mar")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({archive.path for archive in found}) == 4


def test_nothing_is_allowed_unless_it_is_said(site: Site, cache: Path) -> None:
    for patterns in ((), ("https://.*",), (f"http://127.0.0.1:{site.port}/b.mar",)):
        with pytest.raises(UrlNotAllowedError, match="does not match any allowed"):
            archives(cache, *patterns).fetch(f"http://127.0.0.1:{site.port}/a.mar")
    assert site.asked == []
    assert left_behind(cache) == []


def test_a_private_address_is_refused_unless_its_host_is_spelled_out(site: Site, cache: Path) -> None:
    url = f"http://intranet.example:{site.port}/a.mar"
    with pytest.raises(UrlNotAllowedError, match="leads into a private network; allowed_urls must spell"):
        archives(cache, "https?://.*").fetch(url)
    assert site.asked == []
    assert left_behind(cache) == []
    archives(cache, "https?://.*", r"http://intranet\.example:.*").fetch(url)
    assert site.asked == [(f"intranet.example:{site.port}", "/a.mar")]


def test_one_private_address_among_others_is_enough_to_refuse(site: Site, cache: Path) -> None:
    rules = RemoteArchiveRules(("http://.*",))
    mixed = [ipaddress.ip_address("93.184.216.34"), ipaddress.ip_address("10.0.0.1")]
    with pytest.raises(UrlNotAllowedError, match="private network"):
        RemoteArchives(rules, str(cache), lambda host, port: mixed).fetch("http://h.example/a.mar")


def test_a_host_is_looked_up_once_and_connected_to_there(site: Site, cache: Path) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
        asked.append(host)
        return [ipaddress.ip_address("127.0.0.1" if len(asked) == 1 else "127.0.0.2")]

    rules = RemoteArchiveRules((r"http://rebind\.example:.*",))
    RemoteArchives(rules, str(cache), rebinding).fetch(f"http://rebind.example:{site.port}/a.mar")
    assert asked == ["rebind.example"]
    assert len(site.asked) == 1


def test_another_address_is_tried_when_the_first_does_not_answer(site: Site, cache: Path) -> None:
    both = [ipaddress.ip_address("127.0.0.9"), ipaddress.ip_address("127.0.0.1")]
    rules = RemoteArchiveRules((r"http://two\.example:.*",))
    fetched = RemoteArchives(rules, str(cache), lambda host, port: both).fetch(
        f"http://two.example:{site.port}/a.mar"
    )
    assert fetched.size == len(CONTENT)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_where_allowed(site: Site, cache: Path, status: int) -> None:
    site.answers["/first.mar"] = redirect("/a.mar", status)
    archive = archives(cache, "http://127.0.0.1:.*").fetch(f"http://127.0.0.1:{site.port}/first.mar")
    assert archive.size == len(CONTENT)
    assert Path(archive.path).name == "first.mar"


def test_redirects_are_judged_like_the_first_url(site: Site, cache: Path) -> None:
    fetcher = archives(cache, "http://first.example:.*", r"http://[a-z]+\.other\.example:.*")
    for location in (
        f"http://127.0.0.1:{site.port}/a.mar",
        f"http://user:secret@first.example:{site.port}/a.mar",
        "file:///etc/passwd",
        "ftp://first.example/a.mar",
        "https://elsewhere.example/a.mar",
        f"http://private.other.example:{site.port}/a.mar",
        "//169.254.169.254/latest",
        "http://first.example:1/%2e%2e/a",
    ):
        site.answers["/first.mar"] = redirect(location)
        site.asked.clear()
        with pytest.raises(UrlNotAllowedError) as caught:
            fetcher.fetch(f"http://first.example:{site.port}/first.mar")
        assert str(caught.value) == (
            f"Given URL http://first.example:{site.port}/first.mar leads to where archives may not come from"
        )
        assert [path for _, path in site.asked] == ["/first.mar"]
    assert left_behind(cache) == []


def test_redirects_to_files_are_refused_even_where_files_are_allowed(
    site: Site, cache: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(b"s")
    site.answers["/first.mar"] = redirect(f"file://{tmp_path}/secret")
    with pytest.raises(UrlNotAllowedError):
        archives(cache, "http://127.0.0.1:.*", "file:///.*").fetch(f"http://127.0.0.1:{site.port}/first.mar")


def test_redirects_have_an_end(site: Site, cache: Path) -> None:
    site.answers["/loop.mar"] = redirect("/loop.mar")
    with pytest.raises(DownloadError) as caught:
        archives(cache, "http://127.0.0.1:.*").fetch(f"http://127.0.0.1:{site.port}/loop.mar")
    assert caught.value.reason == "more than 5 redirects"
    assert len(site.asked) == 6


def test_where_a_redirect_led_is_not_shown(site: Site, cache: Path) -> None:
    site.answers["/first.mar"] = redirect("/missing.mar?signature=secret")
    with pytest.raises(DownloadError) as caught:
        archives(cache, "http://127.0.0.1:.*").fetch(f"http://127.0.0.1:{site.port}/first.mar")
    assert str(caught.value).endswith("/first.mar")
    assert caught.value.reason == "status 404"


def test_a_full_disk_is_not_the_sites_fault(site: Site, cache: Path) -> None:
    fetcher = archives(cache, "http://127.0.0.1:.*")
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            fetcher.fetch(f"http://127.0.0.1:{site.port}/a.mar")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert left_behind(cache) == []


def with_head(*lines: str, body: bytes = b"") -> Answer:
    def answer(handler: Handler) -> None:
        handler.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)
        handler.close_connection = True

    return answer


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda handler: handler.send_error(404), "status 404"),
        (with_head("HTTP/1.1 204 No Content"), "status 204"),
        (with_head("HTTP/1.1 206 Partial", "Content-Length: 1", body=b"x"), "status 206"),
        (with_head("HTTP/1.1 302 Found", "Content-Length: 0"), "a redirect to nowhere"),
        (
            with_head("HTTP/1.1 200 OK", "Content-Encoding: gzip", "Content-Length: 1", body=b"x"),
            "content encoding gzip, which was not asked for",
        ),
        (
            with_head("HTTP/1.1 200 OK", "Content-Length: 10", body=b"xxx"),
            "it broke off after 3 of 10 bytes",
        ),
        (with_head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body=b"5\r\nxx"), "no valid answer: "),
        (with_head("nonsense"), "no valid answer: "),
        (with_head("HTTP/1.1 200 OK", *["X: y"] * 200), "no valid answer: "),
    ],
)
def test_what_is_no_archive(site: Site, cache: Path, answer: Answer, reason: str) -> None:
    site.answers["/bad.mar"] = answer
    url = f"http://127.0.0.1:{site.port}/bad.mar"
    with pytest.raises(DownloadError) as caught:
        archives(cache, "http://127.0.0.1:.*").fetch(url)
    assert caught.value.reason.startswith(reason)
    assert str(caught.value) == f"Failed to download archive from: {url}"
    assert left_behind(cache) == []


@pytest.mark.parametrize("answer", [content, chunked, until_closed])
def test_the_largest_size_holds_whatever_the_head_says(site: Site, cache: Path, answer: Answer) -> None:
    site.answers["/a.mar"] = answer
    url = f"http://127.0.0.1:{site.port}/a.mar"
    with pytest.raises(DownloadError) as caught:
        archives(cache, "http://127.0.0.1:.*", largest_bytes=len(CONTENT) - 1).fetch(url)
    assert caught.value.reason == f"it is larger than {len(CONTENT) - 1} bytes"
    assert left_behind(cache) == []
    assert archives(cache, "http://127.0.0.1:.*", largest_bytes=len(CONTENT)).fetch(url).size == len(CONTENT)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxx\r\n",
    ],
    ids=["nothing", "half a head", "half a body", "an endless body", "half of the chunks"],
)
def test_a_download_that_hangs_is_broken_off(site: Site, cache: Path, head: bytes) -> None:
    over = threading.Event()

    def hang(handler: Handler) -> None:
        handler.wfile.write(head)
        handler.wfile.flush()
        over.wait(GENEROUS_S)
        handler.close_connection = True

    site.answers["/slow.mar"] = hang
    try:
        with pytest.raises(DownloadError) as caught:
            archives(cache, "http://127.0.0.1:.*", timeout_s=0.5).fetch(
                f"http://127.0.0.1:{site.port}/slow.mar"
            )
    finally:
        over.set()
    assert caught.value.reason == "it took too long"
    assert left_behind(cache) == []


def test_drops_that_never_end_are_broken_off(site: Site, cache: Path) -> None:
    over = threading.Event()

    def drip(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(OSError):
            while not over.wait(0.01):
                handler.wfile.write(b"x")
        handler.close_connection = True

    site.answers["/drip.mar"] = drip
    try:
        with pytest.raises(DownloadError) as caught:
            archives(cache, "http://127.0.0.1:.*", timeout_s=0.5).fetch(
                f"http://127.0.0.1:{site.port}/drip.mar"
            )
    finally:
        over.set()
    assert caught.value.reason == "it took too long"


def test_nobody_answers(cache: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(DownloadError) as caught:
        archives(cache, "http://127.0.0.1:.*").fetch(f"http://127.0.0.1:{port}/a.mar")
    assert "refused" in caught.value.reason


def test_names_that_mean_nothing(cache: Path) -> None:
    def fails(host: str, port: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
        raise socket.gaierror(-2, "Name or service not known")

    fetcher = RemoteArchives(RemoteArchiveRules(("http://.*",)), str(cache), fails)
    with pytest.raises(DownloadError) as caught:
        fetcher.fetch("http://no.example/a.mar")
    assert "Name or service not known" in caught.value.reason
    nowhere = RemoteArchives(RemoteArchiveRules(("http://.*",)), str(cache), lambda host, port: [])
    with pytest.raises(DownloadError) as caught:
        nowhere.fetch("http://no.example/a.mar")
    assert caught.value.reason == "no.example has no address"


def test_the_systems_resolver(site: Site, cache: Path) -> None:
    rules = RemoteArchiveRules(("http://localhost:.*",))
    assert RemoteArchives(rules, str(cache)).fetch(f"http://localhost:{site.port}/a.mar").size == len(CONTENT)


OTHER = "cd" * 32


def test_digests_are_checked(site: Site, cache: Path) -> None:
    fetcher = archives(cache, "http://127.0.0.1:[0-9]+/a.mar")
    url = f"http://127.0.0.1:{site.port}/a.mar"
    assert fetcher.fetch(f"{url}#sha256={SHA256}").sha256 == SHA256
    assert fetcher.fetch(url, SHA256.upper()).sha256 == SHA256
    assert fetcher.fetch(f"{url}#sha256={SHA256}", SHA256).sha256 == SHA256
    before = left_behind(cache)
    for fragment, parameter in ((f"#sha256={OTHER}", None), ("", OTHER)):
        with pytest.raises(DownloadError) as caught:
            fetcher.fetch(f"{url}{fragment}", parameter)
        assert caught.value.reason == f"its SHA-256 is {SHA256}, not {OTHER}"
    assert left_behind(cache) == before
    with pytest.raises(InvalidArgumentError, match="the url pins another digest"):
        fetcher.fetch(f"{url}#sha256={SHA256}", OTHER)
    with pytest.raises(InvalidArgumentError, match="expected 64 hexadecimal digits"):
        fetcher.fetch(url, "12")


def test_a_digest_holds_through_redirects(site: Site, cache: Path) -> None:
    site.answers["/first.mar"] = redirect(f"/a.mar#sha256={SHA256}")
    fetcher = archives(cache, "http://127.0.0.1:.*")
    with pytest.raises(DownloadError):
        fetcher.fetch(f"http://127.0.0.1:{site.port}/first.mar#sha256={OTHER}")
    assert fetcher.fetch(f"http://127.0.0.1:{site.port}/first.mar#sha256={SHA256}").size == len(CONTENT)


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, pem = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-keyout", str(key), "-out", str(pem), "-days", "2"),
            *("-subj", "/CN=archives.example", "-addext", "subjectAltName=DNS:archives.example"),
        ],
        check=True,
        capture_output=True,
    )
    return key, pem


@pytest.fixture
def tls_site(certificate: tuple[Path, Path]) -> Iterator[Site]:
    key, pem = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    with contextlib.closing(Site(context)) as one:
        yield one


def over_tls(cache: Path, certificate: tuple[Path, Path] | None) -> RemoteArchives:
    trust = ssl.create_default_context(cafile=str(certificate[1])) if certificate else None
    patterns = (r"https://archives\.example:.*", r"https://other\.example:.*", "http://.*")
    rules = RemoteArchiveRules(patterns, timeout_s=GENEROUS_S)
    return RemoteArchives(rules, str(cache), resolve_here, trust)


def test_tls_verifies_the_name_of_the_url_at_the_checked_address(
    tls_site: Site, cache: Path, certificate: tuple[Path, Path]
) -> None:
    fetcher = over_tls(cache, certificate)
    assert fetcher.fetch(f"https://archives.example:{tls_site.port}/a.mar").size == len(CONTENT)
    with pytest.raises(DownloadError) as caught:
        fetcher.fetch(f"https://other.example:{tls_site.port}/a.mar")
    assert "Hostname mismatch" in caught.value.reason
    assert tls_site.asked == [(f"archives.example:{tls_site.port}", "/a.mar")]


def test_tls_verifies_the_certificate(tls_site: Site, cache: Path) -> None:
    with pytest.raises(DownloadError) as caught:
        over_tls(cache, None).fetch(f"https://archives.example:{tls_site.port}/a.mar")
    assert "certificate verify failed" in caught.value.reason


def test_tls_is_not_given_up_on_the_way(tls_site: Site, cache: Path, certificate: tuple[Path, Path]) -> None:
    tls_site.answers["/first.mar"] = redirect("http://archives.example/a.mar")
    with pytest.raises(UrlNotAllowedError, match="leads to where archives may not come from"):
        over_tls(cache, certificate).fetch(f"https://archives.example:{tls_site.port}/first.mar")


def test_a_handshake_that_hangs_is_broken_off(cache: Path) -> None:
    rules = RemoteArchiveRules((r"https://archives\.example:.*",), timeout_s=0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(DownloadError) as caught:
        RemoteArchives(rules, str(cache), resolve_here).fetch(
            f"https://archives.example:{silent.getsockname()[1]}/a.mar"
        )
    assert caught.value.reason == "it took too long"


# Files


def test_files_are_copied(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "a b.mar"
    file.write_bytes(CONTENT)
    archive = archives(cache, f"file://{tmp_path}/.*").fetch(f"file://{tmp_path}/a%20b.mar#sha256={SHA256}")
    assert Path(archive.path).parent.parent == cache
    assert Path(archive.path).read_bytes() == CONTENT
    archive.discard()
    assert file.read_bytes() == CONTENT


def test_files_have_the_same_limits(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "a.mar").write_bytes(CONTENT)
    with pytest.raises(DownloadError) as caught:
        archives(cache, "file://.*", largest_bytes=10).fetch(f"file://{tmp_path}/a.mar")
    assert caught.value.reason == "it is larger than 10 bytes"
    with pytest.raises(UrlNotAllowedError):
        archives(cache, "file:///elsewhere/.*").fetch(f"file://{tmp_path}/a.mar")
    assert left_behind(cache) == []


def test_where_links_lead_must_be_allowed_too(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "secret").write_bytes(b"s")
    (tmp_path / "open/link.mar").symlink_to("../secret")
    url = f"file://{tmp_path}/open/link.mar"
    with pytest.raises(UrlNotAllowedError) as caught:
        archives(cache, f"file://{tmp_path}/open/.*").fetch(url)
    assert "secret" not in str(caught.value)
    assert archives(cache, f"file://{tmp_path}/.*").fetch(url).size == 1


def test_what_is_no_regular_file(cache: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, reason in (
        (tmp_path / "pipe", "no regular file"),
        (tmp_path / "missing", "No such file"),
        (tmp_path, "no regular file"),
        (Path("/dev/zero"), "no regular file"),
    ):
        with pytest.raises(DownloadError) as caught:
            archives(cache, "file://.*").fetch(f"file://{path}")
        assert reason in caught.value.reason
    assert left_behind(cache) == []


# The cache


def test_a_cache_that_others_could_write_to_is_refused(site: Site, cache: Path) -> None:
    cache.mkdir()
    cache.chmod(0o777)
    with pytest.raises(PermissionError, match="others may write there"):
        archives(cache, "http://127.0.0.1:.*").fetch(f"http://127.0.0.1:{site.port}/a.mar")
    assert site.asked == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/a.mar", "a.mar"),
        ("/", "archive.mar"),
        ("/.hidden.mar", "hidden.mar"),
        ("/a%2Fb.mar", "a_b.mar"),
        ("/%00.mar", "_.mar"),
        ("/" + "n" * 300 + ".mar", "n" * 96 + ".mar"),
    ],
)
def test_names_of_files(site: Site, cache: Path, path: str, name: str) -> None:
    site.answers[path] = content
    archive = archives(cache, "http://127.0.0.1:.*").fetch(f"http://127.0.0.1:{site.port}{path}")
    assert Path(archive.path).name == name
    assert Path(archive.path).parent.parent == cache
