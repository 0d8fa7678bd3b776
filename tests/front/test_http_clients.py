"""requests and curl as clients of the native front."""

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest
import requests

from harness.echo_server import EchoServer

TIMEOUT_S = 60


def url(echo: EchoServer, path: str) -> str:
    return f"http://127.0.0.1:{echo.http_port}{path}"


def test_a_session_keeps_its_connection(echo: EchoServer) -> None:
    with requests.Session() as session:
        for i in range(100):
            body = str(i).encode() * i
            reply = session.post(
                url(echo, "/echo"), data=body, headers={"Content-Type": "x/y"}, timeout=TIMEOUT_S
            )
            assert (reply.status_code, reply.content) == (200, body)
            assert reply.headers["Content-Type"] == "x/y"
        assert session.get(url(echo, "/nowhere"), timeout=TIMEOUT_S).status_code == 404
        assert session.head(url(echo, "/echo"), timeout=TIMEOUT_S).status_code == 200


def test_chunked_and_compressed_bodies(echo: EchoServer) -> None:
    chunks = [b"one", b"two" * 10_000, b"three"]
    reply = requests.post(url(echo, "/echo"), data=iter(chunks), timeout=TIMEOUT_S)
    assert reply.content == b"".join(chunks)
    plain = b"packed " * 100_000
    headers = {"Content-Encoding": "gzip"}
    reply = requests.post(url(echo, "/count"), data=gzip.compress(plain), headers=headers, timeout=TIMEOUT_S)
    assert reply.content == str(len(plain)).encode()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("version", ["--http1.0", "--http1.1", "--http2-prior-knowledge"])
def test_curl(echo: EchoServer, version: str, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(bytes(range(256)) * 20_000)
    for arguments, body in (
        (["-d", "hello"], b"hello"),
        (["-T", str(large)], large.read_bytes()),  # asks with Expect: 100-continue
        (["--data-binary", f"@{large}"], large.read_bytes()),
    ):
        command = [
            "curl",
            "--silent",
            "--show-error",
            "--max-time",
            str(TIMEOUT_S),
            version,
            "--write-out",
            "%{http_code}",
        ]
        result = subprocess.run([*command, *arguments, url(echo, "/echo")], capture_output=True, check=True)
        assert result.stdout == body + b"200"
