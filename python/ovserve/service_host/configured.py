"""The services of the configuration file: added, changed and removed with it."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus

from ovserve.config.service_schema import ServiceEntry
from ovserve.service_host.archives import fingerprint
from ovserve.service_host.host import Registration, ServiceHost
from ovserve.services.exchange import ServiceFailure

log = logging.getLogger(__name__)

_DEFAULT_WORKERS = 1

Print = tuple[tuple[str, int, int], ...]


class ConfiguredServices:
    """Makes the services of a host those that the configuration names. Thread-safe.

    What could not be loaded is tried again when its files change, and whenever :meth:`apply` says so.
    """

    def __init__(self, host: ServiceHost) -> None:
        self._host = host
        self._lock = threading.Lock()  # one pass at a time
        self._loaded: dict[str, tuple[ServiceEntry, Registration]] = {}  # guarded by _lock
        self._failed: dict[str, tuple[ServiceEntry, Print, str]] = {}  # guarded by _lock

    def apply(self, entries: Sequence[ServiceEntry], retry: bool) -> dict[str, str]:
        """Carry out the difference and wait for it.

        Args:
            entries: all that shall be served.
            retry: whether to try what failed before.

        Returns:
            Names of services that are not served as their entries say, and why.
        """
        with self._lock:
            wanted = {entry.name: entry for entry in entries}
            for name in list(self._loaded):
                if name not in wanted:
                    self._remove(name)
            self._failed = {name: why for name, why in self._failed.items() if name in wanted}
            for entry in entries:
                self._bring(entry, retry)
            return {name: why for name, (_, _, why) in self._failed.items()}

    def _bring(self, entry: ServiceEntry, retry: bool) -> None:
        loaded, failed = self._loaded.get(entry.name), self._failed.get(entry.name)
        if loaded is not None and loaded[0] == entry and failed is None:
            return
        seen = fingerprint(entry.archive or entry.base_path or "")
        if failed is not None and failed[:2] == (entry, seen) and not retry:
            return
        try:
            if entry.problem is not None:
                raise ServiceFailure(400, entry.problem)
            self._load(entry)
            self._failed.pop(entry.name, None)
        except ServiceFailure as failure:
            log.error("service %s: %s", entry.name, failure.message)
            self._failed[entry.name] = (entry, seen, failure.message)

    def _load(self, entry: ServiceEntry) -> None:
        loaded = self._loaded.get(entry.name)
        if loaded is None:
            self._add(entry)
            return
        before, registration = loaded
        version = entry.version or registration.files.directory.manifest.model_version
        if _unscaled(before) == _unscaled(entry):
            least, most = _bounds(entry)
            self._host.scale(*registration.key, least, most, wait=False)
        elif (
            before.archive == entry.archive
            and before.base_path == entry.base_path
            and version == (registration.key[1])
        ):
            self._reload(entry, registration)
        else:
            registration = self._replace(entry, registration)
        self._loaded[entry.name] = (entry, self._host.registration(*registration.key))

    def _replace(self, entry: ServiceEntry, before: Registration) -> Registration:
        """Load other files, perhaps as another version; requests go to the old ones until these are ready.

        Raises:
            ServiceFailure: they cannot be loaded; the old ones stay.
        """
        url = entry.archive or entry.base_path or ""
        try:
            after = self._host.register(url, entry, default_workers=_DEFAULT_WORKERS, at_start=True)
        except ServiceFailure as failure:
            if failure.status != HTTPStatus.CONFLICT:
                raise
            self._reload(entry, before)  # they are of the same version
            return before
        self._host.start_workers(after, unregister_if_failed=True)
        self._host.set_default(*after.key)
        self._unregister(before)
        return after

    def _reload(self, entry: ServiceEntry, registration: Registration) -> None:
        failure = self._host.reload(registration, entry, _DEFAULT_WORKERS)
        if failure is not None:
            raise ServiceFailure(failure.status, failure.text)

    def _add(self, entry: ServiceEntry) -> None:
        url = entry.archive or entry.base_path or ""
        registration = self._host.register(url, entry, default_workers=_DEFAULT_WORKERS, at_start=True)
        self._loaded[entry.name] = (entry, registration)
        result = self._host.start_workers(registration)
        if result.failure is not None:  # it stays: its workers are tried again
            if entry.endpoint is not None:  # the only one of its server, which has nothing else to offer
                raise ServiceFailure(500, result.failure.text)
            log.error("service %s: %s\n%s", entry.name, result.failure.message, result.failure.traceback)

    def _remove(self, name: str) -> None:
        _, registration = self._loaded.pop(name)
        self._unregister(registration)

    def _unregister(self, registration: Registration) -> None:
        try:
            self._host.unregister(*registration.key)
        except ServiceFailure as failure:  # somebody else did it
            log.info("service %s: %s", registration.key[0], failure.message)


def _unscaled(entry: ServiceEntry) -> ServiceEntry:
    return replace(entry, min_workers=None, max_workers=None)


def _bounds(entry: ServiceEntry) -> tuple[int, int | None]:
    least = _DEFAULT_WORKERS if entry.min_workers is None else entry.min_workers
    return least, entry.max_workers
