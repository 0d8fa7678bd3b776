"""All services of a server, by name and version."""

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from ovserve.services.call_queue import Call
from ovserve.services.devices import DeviceRotation
from ovserve.services.events import EventHook, log_event
from ovserve.services.exchange import Infer, ReplySink, Request, ServiceFailure
from ovserve.services.guard import Guard
from ovserve.services.pool_worker import LoadFailure
from ovserve.services.service import Service
from ovserve.services.spec import ServiceSpec

_MODEL_CALL_THREADS = 4


class ServiceRegistry:
    """The services, their default versions, and what their workers share.

    It belongs to one event loop, on which everything but :meth:`get`, :meth:`versions`, :meth:`names` and
    :meth:`submit_threadsafe` is to be called; :class:`ovserve.services.thread.ServiceThread` runs one of its
    own. That loop's thread must live as long as the workers: they are killed when it ends.

    Args:
        infer: runs a model of the server for ``context.infer``; called in threads, several at once.
        device_ids: what workers take turns with, over all services that name no devices of their own.
        tell: learns what happens; must not raise.
    """

    def __init__(
        self, infer: Infer | None = None, device_ids: Sequence[int] = (), tell: EventHook = log_event
    ) -> None:
        self._infer = infer
        self._choose_device = DeviceRotation(device_ids).choose
        self._tell = tell
        self._services: dict[str, dict[str, Service]] = {}
        self._defaults: dict[str, str] = {}
        self._guard: Guard
        self._executor = ThreadPoolExecutor(_MODEL_CALL_THREADS, "ovserve-services")
        self._run_root = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_thread = 0

    async def __aenter__(self) -> "ServiceRegistry":
        """Make the running loop the registry's."""
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._run_root = tempfile.mkdtemp(prefix="ovserve-")  # for this user alone
        self._guard = Guard(self._run_root)
        return self

    async def __aexit__(self, *error: object) -> None:
        """Stop all services, then what they share."""
        await asyncio.gather(*(service.stop() for service in self._all()))
        self._services.clear()
        self._defaults.clear()
        self._guard.stop()
        self._executor.shutdown(wait=False, cancel_futures=True)
        shutil.rmtree(self._run_root, ignore_errors=True)

    def add(self, spec: ServiceSpec) -> Service:
        """Register a service without starting its workers; the first version of a name is its default.

        Raises:
            ServiceFailure: 409, the name has this version already.
        """
        assert self._loop is not None, "the registry is used before it was entered"
        versions = self._services.setdefault(spec.name, {})
        if spec.version in versions:
            raise ServiceFailure(
                409,
                f"Model version {spec.version} is already registered for model {spec.name}",
                "ConflictStatusException",
            )
        service = versions[spec.version] = self._made(spec)
        self._defaults.setdefault(spec.name, spec.version)
        return service

    def get(self, name: str, version: str | None = None) -> Service:
        """Return a service; without a version the default one. May be called from any thread.

        Raises:
            ServiceFailure: 404, there is none.
        """
        try:
            versions = self._services[name]
            wanted = self._defaults[name] if version is None else version
        except KeyError:
            raise ServiceFailure(404, f"Model not found: {name}", "ModelNotFoundException") from None
        try:
            return versions[wanted]
        except KeyError:
            raise ServiceFailure(
                404,
                f"Model version: {wanted} does not exist for model: {name}",
                "ModelVersionNotFoundException",
            ) from None

    def names(self) -> list[str]:
        """Return the names that have services, sorted. May be called from any thread."""
        return sorted(self._services)

    def versions(self, name: str) -> list[Service]:
        """Return all versions of a name in the order of their registration. May be called from any thread.

        Raises:
            ServiceFailure: 404, there are none.
        """
        self.get(name)
        return list(self._services[name].values())

    def default_version(self, name: str) -> str:
        """Return the version that requests without one get.

        Raises:
            ServiceFailure: 404, there is no such name.
        """
        return self.get(name).spec.version

    def set_default(self, name: str, version: str) -> None:
        """Choose the version that requests without one get.

        Raises:
            ServiceFailure: 404, there is no such version.
        """
        self.get(name, version)
        self._defaults[name] = version

    async def replace(self, spec: ServiceSpec) -> LoadFailure | None:
        """Put another service in the place of the one of the same name and version, without a gap.

        The new one starts beside the old one, which is drained and stopped once the new one is ready. If
        it does not become ready, the old one stays.

        Returns:
            Why the old one stayed; ``None`` if it is replaced.

        Raises:
            ServiceFailure: 404, there is none to replace.
        """
        old = self.get(spec.name, spec.version)
        new = self._made(spec)
        failure = (await new.start()).failure
        if failure is None and self._services.get(spec.name, {}).get(spec.version) is old:
            self._services[spec.name][spec.version] = new
            await old.stop()
            return None
        await new.stop(drain=False)  # it failed, or what it was to replace was removed meanwhile
        return failure

    async def remove(self, name: str, version: str | None = None, drain: bool = True) -> None:
        """Unregister a version, the default one if none is named, and stop it.

        Args:
            name: of the service.
            version: of the service.
            drain: whether its requests are answered before.

        Raises:
            ServiceFailure: 404, there is none; 403, it is the default and there are others.
        """
        service = self.get(name, version)
        versions = self._services[name]
        if len(versions) > 1 and service.spec.version == self._defaults[name]:
            raise ServiceFailure(
                403, f"Cannot remove default version for model {name}", "InvalidModelVersionException"
            )
        del versions[service.spec.version]
        if not versions:
            del self._services[name], self._defaults[name]
        await service.stop(drain)

    async def discard(self, service: Service) -> None:
        """Remove a version that should never have been there, even the default of several, and stop it."""
        name, version = service.spec.name, service.spec.version
        versions = self._services.get(name, {})
        if versions.get(version) is service:
            del versions[version]
            if not versions:
                del self._services[name], self._defaults[name]
            elif self._defaults[name] == version:
                self._defaults[name] = next(iter(versions))
        await service.stop(drain=False)

    def submit_threadsafe(self, service: Service, request: Request, sink: ReplySink) -> "ThreadsafeCall":
        """Ask a service for an answer from any thread; the sink is called on the loop."""
        assert self._loop is not None
        call = ThreadsafeCall(self._loop)
        if threading.get_ident() == self._loop_thread:
            call.begin(self, service, request, sink)
        else:
            self._loop.call_soon_threadsafe(call.begin, self, service, request, sink)
        return call

    def current(self, service: Service) -> Service:
        """Return what has replaced a service meanwhile; on the loop that is who takes requests for it."""
        return self._services.get(service.spec.name, {}).get(service.spec.version, service)

    def _made(self, spec: ServiceSpec) -> Service:
        assert self._loop is not None
        return Service(
            spec,
            self._run_root,
            self._guard,
            self._choose_device,
            self._infer,
            self._executor,
            self._tell,
            self._loop,
        )

    def _all(self) -> list[Service]:
        return [service for versions in self._services.values() for service in versions.values()]


class ThreadsafeCall:
    """A request that was made from another thread."""

    __slots__ = ("_call", "_cancelled", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._call: Call | None = None
        self._cancelled = False

    def begin(self, registry: ServiceRegistry, service: Service, request: Request, sink: ReplySink) -> None:
        """Make the request, on the loop."""
        if not self._cancelled:
            self._call = registry.current(service).submit(request, sink)

    def cancel(self) -> None:
        """Give it up, from any thread; the sink may still be called until the loop has heard of it."""
        self._loop.call_soon_threadsafe(self._cancel)

    def set_full(self, full: bool) -> None:
        """Say, from any thread, whether the sink wants no further pieces for now."""
        self._loop.call_soon_threadsafe(self._set_full, full)

    def _cancel(self) -> None:
        self._cancelled = True
        if self._call is not None:
            self._call.cancel()

    def _set_full(self, full: bool) -> None:
        if self._call is not None:
            self._call.set_full(full)
