"""An echo on uvicorn, with the settings of ovserve's: ``echo_uvicorn.py PORT TABLE``."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class Echo:
    """The ASGI app: answers by the request's path and length."""

    def __init__(self, replies: dict[tuple[str, int], tuple[Headers, bytes]]) -> None:
        self._replies = replies

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        pieces: list[bytes] = []
        more = True
        while more:
            event = await receive()
            pieces.append(event.get("body", b""))
            more = event.get("more_body", False)
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        headers, reply = self._replies[scope["path"], len(body)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": reply})


def main() -> None:
    port, table = sys.argv[1:]
    replies: dict[tuple[str, int], tuple[Headers, bytes]] = {}
    for entry in json.loads(Path(table).read_text()):
        body = Path(entry["reply"]).read_bytes()
        headers = [(name.encode(), value.encode()) for name, value in entry["headers"].items()]
        headers.append((b"content-length", str(len(body)).encode()))
        replies[entry["path"], entry["length"]] = (headers, body)
    uvicorn.run(
        Echo(replies),
        host="127.0.0.1",
        port=int(port),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
