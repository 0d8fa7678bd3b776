"""Writes what the fuzzers begin with: ``python tests/fuzz/seeds.py build/fuzz/corpus``."""

import gzip
import sys
from pathlib import Path

_HTTP1 = (
    b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: 1\r\n\r\n"
    b"HEAD / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
)
_FIELDS = [
    (b":method", b"POST"),
    (b":scheme", b"http"),
    (b":authority", b"a"),
    (b"content-type", b"application/grpc"),
    (b"te", b"trailers"),
    (b"grpc-encoding", b"gzip"),
    (b"grpc-accept-encoding", b"gzip"),
    (b"grpc-timeout", b"10S"),
]


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def _head(stream: int, path: bytes) -> bytes:
    fields = [*_FIELDS[:3], (b":path", path), *_FIELDS[3:]]
    block = b"".join(b"\0" + bytes([len(n)]) + n + bytes([len(v)]) + v for n, v in fields)
    return _frame(1, 4, stream, block)


def _message(payload: bytes, compressed: bool = False) -> bytes:
    payload = gzip.compress(payload) if compressed else payload
    return bytes([compressed]) + len(payload).to_bytes(4, "big") + payload


def _http2() -> bytes:
    data = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(4, 0, 0, b"\0\4\0\1\0\0") + _frame(4, 1, 0, b"")
    data += _head(1, b"/s/Unary") + _frame(0, 1, 1, _message(b"hello"))
    data += _head(3, b"/s/Stream") + _frame(0, 0, 3, _message(b"one") + _message(b"two" * 100, True))
    data += _frame(0, 9, 3, b"\3" + _message(b"end") + b"\0\0\0") + _frame(6, 0, 0, b"12345678")
    data += _frame(8, 0, 0, b"\0\0\1\0") + _head(5, b"/s/Unary") + _frame(3, 0, 5, b"\0\0\0\x08")
    return data + _frame(2, 0, 7, b"\0\0\0\0\1") + _frame(7, 0, 0, bytes(8))


def main() -> None:
    """Writes each seed in one piece and in small ones; see tests/fuzz/pieces.h."""
    seeds = {
        "http1_parser": [_HTTP1, _HTTP1[59:], b"GET http://a/b HTTP/1.0\r\n\r\n"],
        "grpc_message": [_message(b"hello") + _message(b""), _message(b"x" * 5000, True) + _message(b"y")],
        "connection": [_HTTP1, _http2()],
    }
    for target, contents in seeds.items():
        folder = Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        for i, content in enumerate(contents):
            (folder / f"whole{i}").write_bytes(b"\0" + content)
            (folder / f"pieces{i}").write_bytes(b"\x07" + content)


if __name__ == "__main__":
    main()
