"""What clients ask a service and what they get, free of HTTP and gRPC."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Body = bytes | bytearray | memoryview


@dataclass(slots=True)
class Part:
    """One part of a request: a body, a form's field, a tensor.

    Attributes:
        name: what the handler finds it under; a body without form is ``body``.
        content_type: as the client gave it, "" if it gave none: decides what the handler gets.
        data: its bytes; of a tensor little-endian and row-major, BYTES elements each behind their length.
        datatype: of a tensor as KServe names it ("FP32", "BYTES"), "" for everything else.
        shape: of a tensor.
    """

    name: str
    content_type: str
    data: Body
    datatype: str = ""
    shape: Sequence[int] = ()


@dataclass(slots=True)
class Request:
    """One request.

    Attributes:
        parts: empty bodies are parts too, without data.
        headers: names and values as the client sent them; those that only the server may set are dropped.
        request_id: "" for one that the service makes.
        url_path: what follows model and version in the path.
        explain: whether an explanation is asked for.
        wants_tensors: whether a dict of numpy arrays is an answer.
        timeout_s: until the client wants an answer, ``None`` for the service's own time.
    """

    parts: Sequence[Part]
    headers: Sequence[tuple[str, str]] = ()
    request_id: str = ""
    url_path: str = ""
    explain: bool = False
    wants_tensors: bool = False
    timeout_s: float | None = None


@dataclass(slots=True)
class Reply:
    """An answer, or the first piece of one.

    Attributes:
        status: 200, or what the handler set.
        phrase: reason phrase, "" for the status's own.
        headers: set by the handler, content type excepted; checked to hold no line breaks.
        content_type: "" if the handler set none.
        body: may be a view of memory shared with the worker, valid as long as it is held.
        tensors: named arrays in place of a body: datatype, shape and bytes of each.
        request_id: of the request.
        pieces: the bodies that follow, if the handler sends its answer in pieces.
    """

    status: int
    phrase: str
    headers: list[tuple[str, str]]
    content_type: str
    body: Body
    request_id: str
    tensors: Mapping[str, "Tensor"] | None = None
    pieces: "PieceStream | None" = None


@dataclass(slots=True, frozen=True)
class Tensor:
    """A tensor that a handler answered with; its bytes are as in :class:`Part`."""

    datatype: str
    shape: tuple[int, ...]
    data: Body


class ServiceFailure(Exception):
    """A request that got no answer of the handler.

    Attributes:
        status: as HTTP numbers them; handlers choose their own, so it is part of what a service says.
        type: the name that TorchServe's clients know.
        message: for clients.
        request_id: "" if the request never got one.
    """

    def __init__(
        self, status: int, message: str, type: str = "InternalServerException", request_id: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.type = type
        self.request_id = request_id


class ReplySink(Protocol):
    """Who takes a request's answer. Called on the registry's loop, and must not raise."""

    def answered(self, reply: Reply, last: bool) -> None:
        """Take the answer, or a piece of it; after ``last`` nothing more is called."""

    def failed(self, failure: ServiceFailure) -> None:
        """Take the failure, also in the middle of pieces; nothing more is called."""


@dataclass(slots=True)
class PieceStream:
    """The bodies after the first piece of an answer, to be iterated over once.

    Closing it before its end cancels the request. What waits here is bounded: the worker is read from no
    further while more than :attr:`LIMIT` bytes do.

    Raises:
        ServiceFailure: while iterating: the handler failed in the middle of its answer.
    """

    LIMIT = 4 * 1024 * 1024

    _call: "Cancellable | None"
    _pieces: list[Body] = field(default_factory=list)
    _waiting: int = 0
    _failure: ServiceFailure | None = None
    _ended: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, body: Body, last: bool) -> None:
        """Append a piece."""
        self._pieces.append(body)
        self._waiting += len(body)
        if last:
            self._end()
        elif self._call is not None and self._waiting > self.LIMIT:
            self._call.set_full(True)
        self._changed.set()

    def fail(self, failure: ServiceFailure) -> None:
        """End it by a failure."""
        self._failure = failure
        self._end()
        self._changed.set()

    def cancel(self) -> None:
        """Give the request up, if pieces are still to come."""
        if self._call is not None:
            self._call.cancel()
        self._end()

    async def __aiter__(self) -> AsyncIterator[Body]:
        """Yield the pieces as they come."""
        try:
            while True:
                while self._pieces:
                    body = self._pieces.pop(0)
                    self._waiting -= len(body)
                    if self._call is not None and self._waiting <= self.LIMIT:
                        self._call.set_full(False)
                    yield body
                if self._ended:
                    break
                self._changed.clear()
                await self._changed.wait()
            if self._failure is not None:
                raise self._failure
        finally:
            self.cancel()

    def _end(self) -> None:
        self._ended = True
        self._call = None


class Cancellable(Protocol):
    """A request under way."""

    def cancel(self) -> None:
        """Give it up."""

    def set_full(self, full: bool) -> None:
        """Say whether no further pieces are wanted for now."""


class ReplyFuture:
    """A sink whose answer can be awaited on the registry's loop.

    Args:
        loop: the registry's loop.
    """

    __slots__ = ("_stream", "call", "future")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.future: asyncio.Future[Reply] = loop.create_future()
        self.call: Cancellable | None = None
        """What it is the sink of, as long as that is under way: together they would never be freed."""
        self._stream: PieceStream | None = None

    def answered(self, reply: Reply, last: bool) -> None:
        """Complete the future by the first piece, the stream by the others."""
        if self._stream is not None:
            self._stream.add(reply.body, last)
        elif not self.future.done():
            if not last:
                reply.pieces = self._stream = PieceStream(self.call)
            self.future.set_result(reply)
        if last:
            self.call = None

    def failed(self, failure: ServiceFailure) -> None:
        """Raise the failure where the answer is awaited."""
        self.call = None
        if self._stream is not None:
            self._stream.fail(failure)
        elif not self.future.done():
            self.future.set_exception(failure)


Infer = Callable[[str, Mapping[str, Any], int | None], Mapping[str, Any]]
"""Runs a model that the server serves: name, inputs and version to outputs; may take its time.

Raises:
    OvserveError: the model did not answer.
"""
