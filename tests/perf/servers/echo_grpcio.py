"""An echo on grpcio, with the settings and threads of ovserve's: ``echo_grpcio.py PORT TABLE``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc

from ovserve.grpc_api.listener import default_threads

_OPTIONS = [
    ("grpc.max_send_message_length", 1 << 30),
    ("grpc.max_receive_message_length", 1 << 30),
    ("grpc.so_reuseport", 0),
]


def handler_of(replies: dict[int, bytes]) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    """Return a method that answers by the request's length."""

    def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
        return replies[len(request)]

    return answer


def main() -> None:
    port, table = sys.argv[1:]
    methods: dict[str, dict[int, bytes]] = {}
    for entry in json.loads(Path(table).read_text()):
        methods.setdefault(entry["path"], {})[entry["length"]] = Path(entry["reply"]).read_bytes()
    server = grpc.server(ThreadPoolExecutor(default_threads()), options=_OPTIONS)
    for path, replies in methods.items():
        service, method = path.strip("/").split("/")
        handlers: dict[str, Any] = {method: grpc.unary_unary_rpc_method_handler(handler_of(replies))}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
