"""Answers of services for threads that wait for them."""

import queue
import threading
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

import grpc

from ovserve.grpc_api.beside import Context
from ovserve.grpc_api.methods import CallError
from ovserve.service_grpc.statuses import code_of, error_of
from ovserve.services.exchange import PieceStream, Reply, Request, ServiceFailure

if TYPE_CHECKING:
    from ovserve.rest_api.routes import PendingAnswer
    from ovserve.service_host.host import ServiceHost
    from ovserve.services.service import Service

MOST_BYTES = 64 << 20
"""Of an answer in pieces where it has to be put together."""

_LONGEST_WAIT_S = 1e6  # grpcio says a very long time where there is no deadline


def answered(host: "ServiceHost", service: "Service", request: Request, context: Context) -> Reply:
    """Return a service's answer, pieces put together.

    Raises:
        CallError: there is none, or its status is 400 or more: that is the call's status then.
    """
    pieces = answers(host, service, request, context)
    first = next(pieces)
    further = []
    size = len(first.body)
    for piece in pieces:
        size += len(piece.body)
        if size > MOST_BYTES:
            pieces.close()
            raise CallError(
                grpc.StatusCode.INTERNAL, f"The answer in pieces is larger than {MOST_BYTES} bytes"
            )
        further.append(piece.body)
    return replace(first, body=b"".join((first.body, *further))) if further else first


def answers(
    host: "ServiceHost", service: "Service", request: Request, context: Context
) -> Generator[Reply, None, None]:
    """Yield a service's answer, or its pieces as they come. Ending it early cancels the request.

    Raises:
        CallError: as :func:`answered`.
    """
    remaining = context.time_remaining()
    if remaining is not None and remaining < _LONGEST_WAIT_S:
        request = replace(request, timeout_s=remaining)
    sink = _Waiting()
    sink.pending = host.registry.submit_threadsafe(service, request, sink)
    if not context.add_callback(sink.give_up):
        sink.give_up()
    try:
        last = False
        while not last:
            reply, last = sink.take()
            if reply.status >= 400:
                raise CallError(code_of(reply.status), str(reply.body, "utf-8", "replace"))
            yield reply
    finally:
        sink.give_up()


class _Waiting:
    """See :class:`ovserve.services.exchange.ReplySink`. What waits here is bounded as there."""

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[tuple[Reply, bool] | ServiceFailure | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._bytes = 0  # guarded by _lock
        self._over = False  # guarded by _lock
        self.pending: PendingAnswer | None = None

    def answered(self, reply: Reply, last: bool) -> None:
        """Take the answer or a piece."""
        reply = replace(reply, body=bytes(reply.body))  # the worker's memory is given back
        with self._lock:
            self._bytes += len(reply.body)
            full = self._bytes > PieceStream.LIMIT
            self._over = self._over or last
        self._items.put((reply, last))
        if full and not last and self.pending is not None:
            self.pending.set_full(True)

    def failed(self, failure: ServiceFailure) -> None:
        """Take the failure."""
        with self._lock:
            self._over = True
        self._items.put(failure)

    def give_up(self) -> None:
        """Nobody waits any more."""
        with self._lock:
            was_over, self._over = self._over, True
        if not was_over:
            if self.pending is not None:
                self.pending.cancel()
            self._items.put(None)

    def take(self) -> tuple[Reply, bool]:
        """Wait for the next piece, and whether it is the last.

        Raises:
            CallError: the service failed, or the call is over.
        """
        item = self._items.get()
        if item is None:
            raise CallError(grpc.StatusCode.CANCELLED, "The call is over")
        if isinstance(item, ServiceFailure):
            raise error_of(item)
        with self._lock:
            was_full = self._bytes > PieceStream.LIMIT
            self._bytes -= len(item[0].body)
            flows = was_full and self._bytes <= PieceStream.LIMIT
        if flows and self.pending is not None:
            self.pending.set_full(False)
        return item
