"""Clients of all kinds that keep a server busy until they are told to stop."""

from __future__ import annotations

import itertools
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import tritonclient.grpc as triton

from perf.figures.contenders import LoadedServer
from perf.figures.plan import Case
from perf.measuring.programs import run_for_json
from perf.servers.probing import Probe
from perf.servers.running import RunningServer

_BURST_S = 5.0
_PAUSE_S = 0.05
_MESSAGES = 100


class Client(ABC):
    """A thread that repeats one thing. ``done`` counts; ``failures`` has the first few, in words."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.done = 0
        self.failures: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let it finish what it is at, and wait for that."""
        self._stop.set()
        self._thread.join()

    def once(self) -> None:
        """Do it one time, here."""
        try:
            self.done += self.repeat()
        except Exception as error:
            if len(self.failures) < 5:
                self.failures.append(repr(error))

    @abstractmethod
    def repeat(self) -> int:
        """Do it once more; returns how often it was done.

        Raises:
            Exception: it went wrong.
        """

    def _run(self) -> None:
        while not self._stop.is_set():
            self.once()


class Burst(Client):
    """Many requests over many connections that are closed again; every answer has to be the right one."""

    def __init__(
        self, server: RunningServer, workload: str, protocol: str, probe: Probe, files: Path
    ) -> None:
        super().__init__(f"{workload} over {protocol}")
        case = Case(workload, protocol, 4, 8)
        self._load = LoadedServer(server, case, probe, files / f"{workload}-{protocol}")

    def repeat(self) -> int:
        report = run_for_json("load_generator", *self._load.target(), "--duration-s", _BURST_S)
        if report["failures"]:
            raise RuntimeError(report["first_failure"])
        return int(report["requests"])


class Stream(Client):
    """Streams of KServe requests, some of them wrong, each answered in turn."""

    def __init__(self, port: int, model: str, shape: tuple[int, ...]) -> None:
        super().__init__("streams")
        self._port, self._model, self._shape = port, model, shape

    def repeat(self) -> int:
        answers: list[tuple[Any, Any]] = []
        all_there = threading.Event()

        def take(result: Any, error: Any) -> None:
            answers.append((result, error))
            if len(answers) == _MESSAGES:
                all_there.set()

        tensor = triton.InferInput("b", list(self._shape), "FP32")
        tensor.set_data_from_numpy(np.ones(self._shape, np.float32))
        with triton.InferenceServerClient(f"127.0.0.1:{self._port}") as client:
            client.start_stream(take)
            for i in range(_MESSAGES):
                client.async_stream_infer(self._model if i % 10 else "nobody", [tensor])
            if not all_there.wait(60):
                raise RuntimeError(f"a stream of {_MESSAGES} requests got {len(answers)} answers")
            client.stop_stream()
        wrong = sum(error is not None for _, error in answers)
        if wrong != _MESSAGES // 10:
            raise RuntimeError(f"{wrong} of {_MESSAGES} answers were errors")
        return _MESSAGES


class Disabled(Client):
    """Asks for a model that is switched off now and then: the right answer or NOT_FOUND, nothing else."""

    def __init__(self, port: int, probe: Probe) -> None:
        super().__init__("a model that is switched off now and then")
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._call = self._channel.unary_unary(probe.path)
        self._probe = probe

    def repeat(self) -> int:
        self._stop.wait(_PAUSE_S)
        try:
            answer = self._call(self._probe.request.body, timeout=60)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.NOT_FOUND:
                raise
        else:
            if answer != self._probe.reply.body:
                raise RuntimeError("a wrong answer")
        return 1

    def stop(self) -> None:
        super().stop()
        self._channel.close()


class Rude(Client):
    """Connections that send rubbish, halves of requests, or nothing, and are gone."""

    def __init__(self, grpc_port: int, rest_port: int) -> None:
        super().__init__("clients that do not behave")
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        settings = b"\0\0\0\4\0\0\0\0\0"
        half_a_post = b"POST /v2/models/tiny/infer HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"
        self._next = itertools.cycle(
            [
                (grpc_port, b""),
                (grpc_port, preface + settings + b"\xff" * 50),
                (grpc_port, preface + settings + b"\0\0\5\1\4\0\0\0\1\x82\x86\x84\x41"),
                (rest_port, half_a_post),
                (rest_port, b"GET /v2/health/ready HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 100_000),
                (rest_port, b"\x16\x03\x01\x02\x00\x01"),
            ]
        )

    def repeat(self) -> int:
        self._stop.wait(_PAUSE_S)
        port, sent = next(self._next)
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            try:
                connection.sendall(sent)
                connection.settimeout(0.05)
                connection.recv(4096)
            except OSError:
                pass  # a server may close on it or wait for more
        return 1


class Changes(Client):
    """Changes what is served: switches a model off and on, adds and removes a version, reloads."""

    def __init__(self, steps: list[Callable[[], None]], reload: Callable[[], None]) -> None:
        super().__init__("changes of what is served")
        self._steps = itertools.cycle(steps)
        self._reload = reload

    def repeat(self) -> int:
        next(self._steps)()
        self._reload()
        self._stop.wait(1.0)
        return 1
