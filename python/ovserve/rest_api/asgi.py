"""The HTTP around the REST app: bodies, threads and the end of a server, as one raw ASGI callable.

Source: ASGI specification 3.0, HTTP part.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

from ovserve import access_log
from ovserve.errors import InvalidArgumentError
from ovserve.rest_api.asgi_answer import AsgiAnswer
from ovserve.rest_api.connection import CLIENT_LEFT
from ovserve.rest_api.content_encoding import (
    BodyTooLargeError,
    UnsupportedEncodingError,
    decoded,
    encoding_of,
)
from ovserve.rest_api.routes import Found, Header, Headers, Later, Response, Task, Work
from ovserve.rest_api.work_threads import WorkThreads

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_Result = TypeVar("_Result")

_CLOSE = (b"connection", b"close")


class _ClientLeftError(Exception):
    pass


class _StoppingError(Exception):
    pass


class App(Protocol):
    """What answers, free of ASGI; see :class:`ovserve.rest_api.app.RestApp`."""

    def find(self, method: str, path: str, headers: Headers = (), query: bytes = b"") -> Found:
        """Find what answers a request."""

    def error(self, status: HTTPStatus, message: str) -> Response:
        """Return an answer with an error body."""

    def cors_headers(self, headers: Headers) -> tuple[Header, ...]:
        """Return what every answer to such a request carries."""


class AsgiApp:
    """Reads bodies, runs the work on threads of its kind, so that the event loop is never held up."""

    def __init__(self, app: App, largest_body: int, inference_threads: int | None = None) -> None:
        self._app = app
        self._largest_body = largest_body
        self._threads = WorkThreads(inference_threads)
        self._readers: set[asyncio.Task[Any]] = set()  # used on the event loop only
        self._stopping = False  # used on the event loop only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if access_log.is_on():
            await self._noted(scope, receive, send)
        else:
            await self._answer_one(scope, receive, send)

    async def _noted(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, size = "499", 0  # nobody was there any more

        async def note_and_send(message: MutableMapping[str, Any]) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = str(message["status"])
            size += len(message.get("body", b""))
            await send(message)

        host, port = scope.get("client") or ("", 0)
        name = f"[{host}]" if ":" in host else host
        target = scope["raw_path"].decode("latin-1")
        query = scope.get("query_string", b"").decode("latin-1")
        entry = access_log.Entry(
            f"{name}:{port}" if host else "", scope["method"], f"{target}?{query}" if query else target
        )
        try:
            await self._answer_one(scope, receive, note_and_send)
        finally:
            entry.end(status, size)

    async def _answer_one(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(scope, receive, send)
        if response is not None:
            await self._respond(response, scope, send)

    def stop_reading(self) -> None:
        """Answer 503 to everyone whose body is still on its way. Call on the event loop."""
        self._stopping = True
        for task in self._readers:
            task.cancel()

    def close_threads(self) -> None:
        """Let idle threads go. One that is stuck in a call is not waited for."""
        self._threads.close()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> "Response | None":
        # The raw path, because a name may hold an encoded slash or colon.
        task = self._app.find(
            scope["method"],
            scope["raw_path"].decode("latin-1"),
            scope["headers"],
            scope.get("query_string", b""),
        )
        if isinstance(task, Response):
            # A client that asked whether to send its body may now send it or not.
            expects = any(name == b"expect" for name, _ in scope["headers"])
            return _last(task) if expects else task
        largest = self._largest_body
        if isinstance(task, Later) and task.largest_body is not None:
            largest = min(largest, task.largest_body)
        try:
            body = await self._read_body(scope, receive, largest)
            if isinstance(task, Later):
                return await self._run_later(task, body, scope, receive, send)
            return await self._run(task, body, scope)
        except BodyTooLargeError as error:
            if isinstance(task, Later):
                return _last(task.refuse(largest))
            return _last(self._app.error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error)))
        except UnsupportedEncodingError as error:
            return self._app.error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(error))
        except InvalidArgumentError as error:
            return self._app.error(HTTPStatus.BAD_REQUEST, str(error))
        except _StoppingError:
            return _last(self._app.error(HTTPStatus.SERVICE_UNAVAILABLE, "the server is stopping"))
        except _ClientLeftError:
            return None
        except MemoryError:
            return self._app.error(HTTPStatus.SERVICE_UNAVAILABLE, "out of memory")

    async def _run(self, task: Task, body: bytes, scope: Scope) -> Response:
        if task.work is Work.INSTANT:
            return task.run(body)
        client_left: Callable[[], bool] = scope.get("extensions", {}).get(CLIENT_LEFT, lambda: False)

        def run() -> Response:
            if client_left():  # while the request waited for a thread
                raise _ClientLeftError
            return task.run(body)

        return await asyncio.wrap_future(self._threads.submit(task.work, run))

    async def _on_thread(self, call: Callable[[], _Result]) -> _Result:
        return await asyncio.wrap_future(self._threads.submit(Work.QUICK, call))

    async def _run_later(
        self, task: Later, body: bytes, scope: Scope, receive: Receive, send: Send
    ) -> Response | None:
        encoding = encoding_of(scope["headers"])
        if encoding is not None:
            largest = task.largest_body or self._largest_body
            body = await self._on_thread(partial(decoded, body, encoding, largest))
        answer = AsgiAnswer(asyncio.get_running_loop())
        if task.is_long(body):
            answer.pending = await self._on_thread(partial(task.begin, body, answer))
        else:
            answer.pending = task.begin(body, answer)
        response, more = await answer.first(receive)
        if response is None:
            return None
        if not more:
            return response
        fields = [*response.headers, *self._app.cors_headers(scope["headers"])]
        if response.content_type:
            fields.append((b"content-type", response.content_type))
        await send({"type": "http.response.start", "status": int(response.status), "headers": fields})
        await answer.send_pieces(response.body, send)
        return None

    async def _read_body(self, scope: Scope, receive: Receive, largest: int) -> bytes:
        if any(name == b"content-length" and int(value) > largest for name, value in scope["headers"]):
            raise BodyTooLargeError(largest)
        if self._stopping:
            raise _StoppingError
        task = asyncio.current_task()
        assert task is not None
        self._readers.add(task)
        try:
            return await self._read_chunks(receive, largest)
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            task.uncancel()
            raise _StoppingError from None
        finally:
            self._readers.discard(task)

    async def _read_chunks(self, receive: Receive, largest: int) -> bytes:
        body = bytearray()  # one piece of memory, however many the client sends
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _ClientLeftError
            chunk: bytes = message.get("body", b"")
            if len(body) + len(chunk) > largest:
                raise BodyTooLargeError(largest)
            if not message.get("more_body", False) and not body:
                return chunk
            body += chunk
            if not message.get("more_body", False):
                return bytes(body)

    async def _respond(self, response: Response, scope: Scope, send: Send) -> None:
        headers = [
            *(((b"content-type", response.content_type),) if response.content_type else ()),
            (b"content-length", str(len(response.body)).encode()),
            *response.headers,
            *self._app.cors_headers(scope["headers"]),
        ]
        if self._stopping and _CLOSE not in headers:
            headers.append(_CLOSE)
        await send({"type": "http.response.start", "status": int(response.status), "headers": headers})
        await send({"type": "http.response.body", "body": response.body})


def _last(response: Response) -> Response:
    """Return an answer after which the connection ends, since what is left of the body is not read."""
    return replace(response, headers=(*response.headers, _CLOSE))
