"""Loading services again when their files in the store change: for development."""

import logging
import threading

from ovserve.service_host.archives import fingerprint
from ovserve.service_host.host import Registration, ServiceHost
from ovserve.services.exchange import ServiceFailure

log = logging.getLogger(__name__)

_INTERVAL_S = 0.5

Print = tuple[tuple[str, int, int], ...]


class StoreWatch:
    """Looks at the files of all services twice a second. A change counts once it has lasted one look."""

    def __init__(self, host: ServiceHost) -> None:
        self._host = host
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="service-watch", daemon=True)
        self._served: dict[tuple[str, str], Print] = {}
        self._last: dict[tuple[str, str], Print] = {}

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; a reload under way ends first."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_INTERVAL_S):
            for registration in self._host.registrations():
                if registration.files.download is None and not self._stopping.is_set():
                    self._look(registration)

    def _look(self, registration: Registration) -> None:
        key = registration.key
        now = fingerprint(registration.files.source)
        before, self._last[key] = self._last.get(key), now
        served = self._served.setdefault(key, now)
        if now == served or now != before:  # nothing new, or still being written
            return
        self._served[key] = now
        log.info("%s %s has changed and is loaded again", *key)
        service = registration.service
        try:
            failure = self._host.reload(registration, registration.entry, service.min_workers)
        except ServiceFailure as refused:
            log.error("%s %s: %s; what is served stays", *key, refused.message)
            return
        if failure is not None:
            log.error("%s %s: %s; what is served stays\n%s", *key, failure.message, failure.traceback)
