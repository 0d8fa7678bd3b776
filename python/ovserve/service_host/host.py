"""The services of one server: registered, scaled, replaced and removed while it runs."""

import asyncio
import contextlib
import logging
import shutil
import tempfile
import threading
from collections.abc import Callable, Coroutine, Mapping
from collections.abc import Set as AbstractSet
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ovserve.config.service_entry import is_service_name
from ovserve.config.service_schema import ServiceEntry
from ovserve.errors import ConfigurationError
from ovserve.service_host.archives import Archives, ServiceFiles
from ovserve.service_host.refusals import refused
from ovserve.service_host.requirements import install_requirements
from ovserve.service_host.settings import service_spec
from ovserve.services.exchange import Infer, ServiceFailure
from ovserve.services.pool_worker import LoadFailure
from ovserve.services.registry import ServiceRegistry
from ovserve.services.scaling import ScaleResult
from ovserve.services.service import Service
from ovserve.services.thread import ServiceThread
from ovserve.ts_config.options import ServiceOptions

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Registration:
    """One version of a service and where it came from.

    ``url`` is as whoever registered it wrote it; ``entry`` is what was asked for beside it.
    """

    service: Service
    url: str
    files: ServiceFiles
    entry: ServiceEntry
    at_start: bool

    @property
    def key(self) -> tuple[str, str]:
        """Name and version."""
        return self.service.spec.name, self.service.spec.version


class ServiceHost:
    """Owns the services. All methods may be called from any thread but the registry's, and may wait.

    Args:
        options: how services of this server run.
        infer: runs a model of the server, for handlers.
        taken: the names of the server's models, which no service may have.
        changed: learns that services or their number of workers have changed; must not raise.
    """

    def __init__(
        self,
        options: ServiceOptions,
        infer: Infer | None = None,
        taken: Callable[[], AbstractSet[str]] = frozenset,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.options = options
        self._taken = taken
        self._tell_changed = changed
        self._names: frozenset[str] = frozenset()
        self._endpoints: Mapping[str, str] = {}
        self._run_directory = tempfile.mkdtemp(prefix="ovserve-host-")  # for this user alone
        try:
            self.archives = Archives(options, self._run_directory)
        except BaseException:
            shutil.rmtree(self._run_directory, ignore_errors=True)
            raise
        self._thread = ServiceThread(ServiceRegistry(infer))
        self._lock = threading.Lock()
        self._registered: dict[tuple[str, str], Registration] = {}  # guarded by _lock; in their order

    @property
    def registry(self) -> ServiceRegistry:
        """The services themselves."""
        return self._thread.registry

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """On which the services live; runs until :meth:`close`."""
        return self._thread.loop

    def start(self) -> "ServiceHost":
        """Begin; nothing is registered yet."""
        self._thread.__enter__()
        return self

    def close(self) -> None:
        """Answer what is under way, end all workers, remove what was unpacked."""
        self._thread.__exit__()
        shutil.rmtree(self._run_directory, ignore_errors=True)

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Run a coroutine on the registry's loop and wait for it."""
        return self._thread.run(work).result()

    def names(self) -> AbstractSet[str]:
        """Return the names of all services. For every request: it waits for nothing."""
        return self._names

    def endpoints(self) -> Mapping[str, str]:
        """Return the paths that services have of their own, with their names. For every request."""
        return self._endpoints

    def only_name(self) -> str | None:
        """Return the one name there is; None if there are several or none."""
        names = self._names
        return next(iter(names)) if len(names) == 1 else None

    def registrations(self) -> list[Registration]:
        """Return all versions in the order of their registration."""
        with self._lock:
            return list(self._registered.values())

    def registration(self, name: str, version: str | None = None) -> Registration:
        """Return one version, by default the default one.

        Raises:
            ServiceFailure: 404, there is none.
        """
        service = self.registry.get(name, version)
        with self._lock:
            found = self._registered.get((name, service.spec.version))
        if found is None:  # it is just being removed
            raise ServiceFailure(404, f"Model not found: {name}", "ModelNotFoundException")
        return found

    def register(
        self,
        url: str,
        entry: ServiceEntry,
        *,
        default_workers: int = 0,
        at_start: bool = False,
        settings: Callable[[str, str], ServiceEntry | None] = lambda name, version: None,
    ) -> Registration:
        """Register a service without starting its workers; see :meth:`start_workers`.

        Args:
            url: a name in the store, a path in it, or a URL; with ``archive`` or ``base_path`` in the
                entry just what is shown as such.
            entry: what is asked for; an empty name leaves it to the archive.
            default_workers: where nobody says how many.
            at_start: whether it belongs to the server's start.
            settings: what else is said of a name and version, for what the entry leaves open.

        Raises:
            ServiceFailure: it cannot be registered; nothing of it stays.
        """
        with refused():
            path = entry.archive or entry.base_path
            files = (
                self.archives.by_path(path, entry.sha256) if path else self.archives.by_url(url, entry.sha256)
            )
        try:
            with refused():
                registration = self._add(url, entry, files, default_workers, at_start, settings)
        except BaseException:
            files.remove()
            raise
        self._changed()
        return registration

    def start_workers(self, registration: Registration, *, unregister_if_failed: bool = False) -> ScaleResult:
        """Start a service's workers and wait for them.

        Raises:
            ServiceFailure: a worker failed to load, and the service is no longer registered.
        """
        result = self.run(registration.service.start())
        if result.failure is not None and unregister_if_failed:
            self._drop(registration)
            raise load_failed(registration, result.failure)
        self._changed()
        return result

    def begin_workers(self, registration: Registration) -> "Future[ScaleResult]":
        """Begin to start a service's workers; the future says how many are ready, or why one is not."""
        begun = self._thread.run(registration.service.start())
        begun.add_done_callback(lambda _: self._changed())
        return begun

    def scale(
        self, name: str, version: str | None, least: int, most: int | None, wait: bool
    ) -> ScaleResult | None:
        """Set the bounds of the number of workers; waits for it only if asked to.

        Raises:
            ServiceFailure: 404, there is no such service; 400, these are no bounds.
        """
        service = self.registry.get(name, version)

        async def begin() -> None:
            service.begin_scale(least, most)

        try:
            result = None
            if wait:
                result = self.run(service.scale(least, most))
            else:
                self.run(begin())
        except ConfigurationError as error:
            raise ServiceFailure(400, str(error), "BadRequestException") from None
        self._changed()
        return result

    def set_default(self, name: str, version: str) -> None:
        """Choose the version that requests without one get.

        Raises:
            ServiceFailure: 404, there is no such version.
        """

        async def choose() -> None:
            self.registry.set_default(name, version)

        self.run(choose())
        self._changed()

    def unregister(self, name: str, version: str | None = None, wait_s: float | None = None) -> str:
        """Remove a version, by default the default one, once its requests are answered.

        Returns:
            the version.

        Raises:
            ServiceFailure: 404, there is none; 403, it is the default of several; 408, it takes longer.
        """
        registration = self.registration(name, version)
        removal = self._thread.run(self.registry.remove(name, registration.service.spec.version))
        removal.add_done_callback(lambda _: self._forget(registration, removal.exception() is None))
        try:
            removal.result(wait_s)
        except TimeoutError:
            raise ServiceFailure(
                408, f"Model {name} is being unregistered, which takes longer", "RequestTimeoutException"
            ) from None
        return registration.service.spec.version

    def reload(
        self, registration: Registration, entry: ServiceEntry, default_workers: int
    ) -> LoadFailure | None:
        """Load a service anew, from where it came from or where the entry says, in place of the old one.

        Returns:
            Why the old one stayed, ``None`` if it is replaced.

        Raises:
            ServiceFailure: its files cannot be used; the old one stays.
        """
        with refused():
            if registration.files.download is not None:
                return None
            path = entry.archive or entry.base_path or registration.files.source
            files = self.archives.by_path(path, entry.sha256)
        try:
            with refused():
                name, version = registration.key
                entry = replace(entry, name=name, version=version)
                spec = service_spec(entry, files.directory, self.options, default_workers)
                self._install(entry, files, spec.interpreter)
            failure = self.run(self.registry.replace(spec))
        except BaseException:
            files.remove()
            raise
        if failure is not None:
            files.remove()
            return failure
        with self._lock:
            if registration.key in self._registered:
                self._registered[registration.key] = replace(
                    registration, service=self.registry.get(*registration.key), files=files, entry=entry
                )
        registration.files.remove()
        self._changed()
        return None

    def _changed(self) -> None:
        with self._lock:
            self._names = frozenset(name for name, _ in self._registered)
            self._endpoints = {
                each.entry.endpoint: name
                for (name, _), each in self._registered.items()
                if each.entry.endpoint
            }
        self._tell_changed()

    def _add(
        self,
        url: str,
        entry: ServiceEntry,
        files: ServiceFiles,
        default_workers: int,
        at_start: bool,
        settings: Callable[[str, str], ServiceEntry | None],
    ) -> Registration:
        for warning in files.directory.config.warnings:
            log.warning("%s: %s", url, warning)
        manifest = files.directory.manifest
        name, version = entry.name or manifest.model_name, entry.version or manifest.model_version
        if not is_service_name(name):
            raise ServiceFailure(400, f"Model name {name!r} is not valid", "InvalidModelException")
        if name in self._taken():
            raise ServiceFailure(
                409,
                f"Model {name} is a model of this server; services need other names",
                "ConflictStatusException",
            )
        further = settings(name, version)
        if further is not None:
            entry = merged(entry, further)
        entry = replace(entry, name=name, version=version)
        spec = service_spec(entry, files.directory, self.options, default_workers)
        self._install(entry, files, spec.interpreter)

        async def add() -> Service:
            return self.registry.add(spec)

        registration = Registration(self.run(add()), url, files, entry, at_start)
        with self._lock:
            self._registered[registration.key] = registration
        return registration

    def _install(self, entry: ServiceEntry, files: ServiceFiles, interpreter: str) -> None:
        wanted = entry.install_requirements
        if self.options.install_requirements if wanted is None else wanted:
            install_requirements(entry.name, files.directory, interpreter, self.options.pip)

    def _drop(self, registration: Registration) -> None:
        """Take back a registration that failed, also where it is the default of several."""

        async def drop() -> None:
            await self.registry.discard(registration.service)

        with contextlib.suppress(ServiceFailure):
            self.run(drop())
        self._forget(registration, True)

    def _forget(self, registration: Registration, removed: bool) -> None:
        if not removed:
            return
        with contextlib.suppress(ServiceFailure):
            self.registry.get(*registration.key)
            return  # registered anew in the meantime
        with self._lock:
            gone = self._registered.pop(registration.key, registration)
        gone.files.remove()
        self._changed()


def load_failed(registration: Registration, failure: LoadFailure) -> ServiceFailure:
    """Return what a request is told whose service did not load: the known text, then the cause."""
    name, version = registration.key
    text = f"Failed to start workers for model {name} version: {version}"
    return ServiceFailure(failure.status, f"{text}\n{failure.text}".rstrip())


def merged(entry: ServiceEntry, further: ServiceEntry) -> ServiceEntry:
    """Return the entry with what it leaves open as the other one says."""
    changes: dict[str, Any] = {}
    for field in ServiceEntry.__dataclass_fields__:
        value = getattr(entry, field)
        if field not in ("name", "archive", "base_path", "problem") and value in (None, (), {}):
            changes[field] = getattr(further, field)
    return replace(entry, **changes)


def models_by_name(registrations: list[Registration]) -> Mapping[str, list[Registration]]:
    """Return the versions of each name, in the order of their registration."""
    found: dict[str, list[Registration]] = {}
    for registration in registrations:
        found.setdefault(registration.service.spec.name, []).append(registration)
    return found
