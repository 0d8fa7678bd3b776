"""What services tell of themselves: by default lines of the log."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(slots=True, frozen=True)
class ServiceEvent:
    """Something that happened.

    Attributes:
        kind: ``output`` for a line that a worker printed, ``worker`` for its life, ``load`` for how loading
            went, ``scaling`` for the number of workers.
        level: of :mod:`logging`.
        service: its name.
        version: its version.
        worker: process id of the worker, ``None`` if it is about none.
        request_ids: of the requests that the worker had.
        text: what happened.
    """

    kind: str
    level: int
    service: str
    version: str
    worker: int | None
    request_ids: tuple[str, ...]
    text: str


EventHook = Callable[[ServiceEvent], None]


def log_event(event: ServiceEvent) -> None:
    """Write the event to the log."""
    worker = f" worker {event.worker}" if event.worker is not None else ""
    requests = f" request {','.join(event.request_ids)}" if event.request_ids else ""
    log.log(event.level, "%s %s%s%s: %s", event.service, event.version, worker, requests, event.text)
