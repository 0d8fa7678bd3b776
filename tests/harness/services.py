"""Services of a few lines of handler code, with real workers, driven from a test's thread."""

import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from ovserve.services import (
    Part,
    Reply,
    Request,
    ScaleResult,
    Service,
    ServiceDescription,
    ServiceEvent,
    ServiceFailure,
    ServiceRegistry,
    ServiceSpec,
    ServiceThread,
)

PATIENCE_S = 60.0
"""How long a test waits for what only a defect delays."""

# The body is Python that the handler runs; its last expression's value is in `answer`.
OBEDIENT = """
    import ctypes, os, signal, socket, sys, time

    def handle(data, context):
        if data is None:
            return None
        names = dict(globals(), data=data, context=context, answer=["fine"] * len(data))
        exec(bytes(data[0]["body"]).decode(), names)
        return names["answer"]
"""


def gone(pid: int) -> bool:
    """Whether a process has ended, zombies included."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


class Services:
    """A registry on a thread of its own; handlers are written into a folder of the test."""

    def __init__(self, directory: Path, infer: Callable[..., Any] | None = None, **registry: Any) -> None:
        self._directory = directory
        self._events: list[ServiceEvent] = []
        self._thread = ServiceThread(ServiceRegistry(infer, tell=self._events.append, **registry))

    def __enter__(self) -> "Services":
        self._thread.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._thread.__exit__(*error)

    @property
    def registry(self) -> ServiceRegistry:
        return self._thread.registry

    @property
    def events(self) -> list[ServiceEvent]:
        return list(self._events)

    def output(self, name: str = "model") -> list[str]:
        """Lines that the workers printed."""
        return [event.text for event in self.events if event.kind == "output" and event.service == name]

    def folder(self, name: str = "model", **files: str) -> Path:
        """A model's folder; a file is named by its module's name."""
        folder = self._directory / name
        folder.mkdir(exist_ok=True)
        for module, code in files.items():
            (folder / f"{module}.py").write_text(textwrap.dedent(code))
        return folder

    def add(self, code: str = "", handler: str = "service:handle", **settings: Any) -> Service:
        """Register a service without starting it."""
        name = settings.pop("name", "model")
        folder = settings.pop("model_dir", None) or self.folder(name, service=code)
        spec = ServiceSpec(name=name, model_dir=folder, handler=handler, **settings)
        return self.run(self._add(spec))

    def start(self, code: str = "", handler: str = "service:handle", **settings: Any) -> Service:
        """Register a service and wait until its workers are ready."""
        service = self.add(code, handler, **settings)
        result = self.scale_result(service)
        assert result.failure is None, f"{result.failure.message}\n{result.failure.traceback}"
        return service

    def scale_result(self, service: Service) -> ScaleResult:
        """Start the service's workers and return what came of it."""
        return self.run(service.start())

    def scale(self, service: Service, least: int, most: int | None = None) -> ScaleResult:
        return self.run(service.scale(least, most))

    def stop(self, service: Service, drain: bool = True) -> None:
        self.run(service.stop(drain))

    def ask(self, service: Service, body: bytes = b"", **request: Any) -> Reply:
        """Return the answer to a body."""
        return self.begin(service, body, **request).result(PATIENCE_S)

    def begin(
        self,
        service: Service,
        body: bytes = b"",
        content_type: str = "",
        headers: tuple[tuple[str, str], ...] = (),
        parts: tuple[Part, ...] | None = None,
        **request: Any,
    ) -> "Future[Reply]":
        """Send a body; the future has the answer."""
        sent = parts if parts is not None else (Part("body", content_type, body),)
        return self._thread.run(service.predict(Request(sent, headers, **request)))

    def failure(self, service: Service, body: bytes = b"", **request: Any) -> ServiceFailure:
        """Return why there is no answer."""
        try:
            reply = self.ask(service, body, **request)
        except ServiceFailure as failure:
            return failure
        raise AssertionError(f"it was answered: {bytes(reply.body)!r}")

    def pieces(self, service: Service, body: bytes = b"") -> list[bytes]:
        """Return an answer that comes in pieces."""
        return self.run(self._pieces(service, body))

    def describe(self, service: Service, customized: bool = False) -> ServiceDescription:
        return self.run(service.describe(customized))

    def pids(self, service: Service) -> list[int]:
        """Process ids of the service's workers."""
        return [worker.pid for worker in self.describe(service).workers]

    def run(self, work: Any) -> Any:
        """Run a coroutine on the registry's loop."""
        return self._thread.run(work).result(PATIENCE_S)

    def start_coroutine(self, work: Any) -> "Future[Any]":
        """Begin a coroutine on the registry's loop."""
        return self._thread.run(work)

    async def _add(self, spec: ServiceSpec) -> Service:
        return self.registry.add(spec)

    async def _pieces(self, service: Service, body: bytes) -> list[bytes]:
        reply = await service.predict(Request((Part("body", "", body),)))
        pieces = [bytes(reply.body)]
        if reply.pieces is not None:
            async for piece in reply.pieces:
                pieces.append(bytes(piece))
        return pieces


class CountingSink:
    """Counts how often a request was answered."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.failures: list[ServiceFailure] = []
        self.done = threading.Event()

    def answered(self, reply: Reply, last: bool) -> None:
        self.replies.append(reply)
        if last:
            self.done.set()

    def failed(self, failure: ServiceFailure) -> None:
        self.failures.append(failure)
        self.done.set()

    @property
    def answers(self) -> int:
        return len(self.replies) + len(self.failures)
