"""Requests that wait for a worker."""

import asyncio
import enum
from collections import deque
from typing import TYPE_CHECKING, Protocol

from ovserve.services.exchange import Reply, ReplySink, Request, ServiceFailure
from ovserve.services.wire import messages

if TYPE_CHECKING:
    from ovserve.services.pool_worker import PoolWorker


_SMALL = 16 * 1024


class CallState(enum.Enum):
    """WAITING -> RUNNING -> DONE, or WAITING -> DONE: an answer is given on entering DONE, once."""

    WAITING = enum.auto()
    RUNNING = enum.auto()
    DONE = enum.auto()


class _Nobody:
    """Takes what comes for a call that has ended."""

    def answered(self, reply: Reply, last: bool) -> None:
        """See :class:`ReplySink`."""

    def failed(self, failure: ServiceFailure) -> None:
        """See :class:`ReplySink`."""


_NOBODY = _Nobody()


class Call:
    """One request on its way through a service."""

    __slots__ = (
        "flags",
        "queued_at",
        "request",
        "request_id",
        "service",
        "sink",
        "state",
        "timer",
        "worker",
    )

    def __init__(
        self,
        service: "CallOwner",
        request: Request,
        request_id: str,
        flags: int,
        sink: ReplySink,
        queued_at: float,
    ) -> None:
        self.service = service
        self.request: Request | None = request  # given up once it was sent, it may be large
        self.flags = flags  # of its batch: only equal ones go together
        self.worker: PoolWorker | None = None
        self.request_id = request_id
        self.sink: ReplySink = sink
        self.queued_at = queued_at
        self.state = CallState.WAITING
        self.timer: asyncio.TimerHandle | None = None

    @property
    def is_small(self) -> bool:
        """Whether it costs little to keep it until the worker that was given it has begun it."""
        return self.request is not None and sum(len(part.data) for part in self.request.parts) <= _SMALL

    def give_up_sink(self) -> ReplySink:
        """Return the sink, and know it no longer.

        Who asks knows sink and call: as a circle, both would be left to the garbage collector, whose passes
        through all that has gathered stop a server for a tenth of a second.
        """
        sink, self.sink = self.sink, _NOBODY
        return sink

    def cancel(self) -> None:
        """Give the request up: nothing more is told to the sink."""
        self.service.cancel(self)

    def set_full(self, full: bool) -> None:
        """Say whether the sink wants no further pieces for now."""
        if self.worker is not None:
            self.worker.set_full(self, full)


class CallOwner(Protocol):
    """Who can give calls up."""

    def cancel(self, call: Call) -> None:
        """End a call that is not wanted any more."""


_WAITING = CallState.WAITING  # looking it up in the enumeration takes time


class CallQueue:
    """First in, first out. Calls that end while they wait stay in it until their turn, uncounted."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque()
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    @property
    def first(self) -> Call:
        """The one that has waited longest; only if there are any."""
        self._drop_ended()
        return self._calls[0]

    def add(self, call: Call) -> None:
        """Append a call; whoever calls this has looked at how many wait."""
        self._calls.append(call)
        self._waiting += 1

    def ended(self, call: Call) -> None:
        """Note that a call that waits here has been set to DONE."""
        self._waiting -= 1
        if len(self._calls) > 2 * self._waiting + 64:
            self._calls = deque(each for each in self._calls if each.state is _WAITING)

    def take(self, most: int) -> list[Call]:
        """Remove and return the first calls that can be a batch: all predictions, or all explanations."""
        taken: list[Call] = []
        while self._waiting and len(taken) < most:
            self._drop_ended()
            flags = self._calls[0].flags
            if taken and (flags != taken[0].flags or flags & messages.DESCRIBE):
                break
            taken.append(self._calls.popleft())
            self._waiting -= 1
        return taken

    def put_back(self, calls: list[Call]) -> None:
        """Let calls that were taken wait again, before all others and whatever the limit."""
        for call in reversed(calls):
            call.state = CallState.WAITING
            call.worker = None
            self._calls.appendleft(call)
            self._waiting += 1

    def take_all(self) -> list[Call]:
        """Remove and return all that wait."""
        calls = [call for call in self._calls if call.state is _WAITING]
        self._calls.clear()
        self._waiting = 0
        return calls

    def _drop_ended(self) -> None:
        while self._calls[0].state is not _WAITING:
            self._calls.popleft()
