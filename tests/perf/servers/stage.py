"""All servers of a run side by side, each asked once for everything it is to be measured with."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from harness.protos import Protos
from perf.servers.description import ServerDescription
from perf.servers.echo import echo_server
from perf.servers.model_folder import ModelFolder
from perf.servers.probing import Probe, RefusedError, WrongAnswerError, probe
from perf.servers.running import RunningServer, ServerFailed
from perf.workloads.registry import WORKLOADS

Asked = tuple[str, str]
"""A workload and a protocol."""


@dataclass(slots=True)
class Stage:
    """A context manager: entering starts the servers, asks them, and starts the echoes of what they answered.

    Args:
        servers: what to start; what cannot be started is named in ``missing``, with the reason.
        asked: what each server that speaks the protocol is asked.
        folder: gets the servers' output and the answers.
        models: what they serve.
        protos: messages of the protocols.
    """

    servers: Sequence[ServerDescription]
    asked: Sequence[Asked]
    folder: Path
    models: ModelFolder
    protos: Protos
    running: list[RunningServer] = field(default_factory=list)
    echoes: dict[str, RunningServer] = field(default_factory=dict)  # by front
    missing: dict[str, str] = field(default_factory=dict)
    _probes: dict[tuple[str, Asked], Probe] = field(default_factory=dict)
    _refusals: dict[tuple[str, Asked], str] = field(default_factory=dict)
    _open: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __enter__(self) -> Stage:
        with self._open:  # ended in the middle, what was started is stopped
            spoken = {protocol for _, protocol in self.asked}
            for description in self.servers:
                if spoken & set(description.protocols):  # others would only take processor time
                    self._start(description)
            for server in self.running:
                for asked in self.asked:
                    self._ask(server, asked)
            self._start_echoes()
            self._open = self._open.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open.close()

    def answers(self, asked: Asked) -> list[tuple[RunningServer, Probe]]:
        """Return the servers that answered rightly, and how."""
        pairs = [(server, self._probes.get((server.description.name, asked))) for server in self.running]
        return [(server, answered) for server, answered in pairs if answered is not None]

    def refusals(self, asked: Asked) -> dict[str, str]:
        """Return the servers that did not, and what they said."""
        return {name: text for (name, about), text in self._refusals.items() if about == asked}

    def _start(self, description: ServerDescription, echo_of: str = "") -> None:
        reason = description.missing()
        try:
            if not reason:
                server = self._open.enter_context(RunningServer(description, self.folder, self.models))
                if echo_of:
                    self.echoes[echo_of] = server
                else:
                    self.running.append(server)
        except ServerFailed as error:
            reason = str(error)
        if reason:
            self.missing[description.name] = reason

    def _ask(self, server: RunningServer, asked: Asked) -> None:
        workload, protocol = asked
        if protocol not in server.description.protocols:
            return
        key = (server.description.name, asked)
        try:
            self._probes[key] = probe(server, WORKLOADS[workload], protocol, self.protos)
        except (RefusedError, WrongAnswerError) as error:
            self._refusals[key] = str(error)

    def _start_echoes(self) -> None:
        """Start an echo for each front of our own servers; it answers as the first of them did."""
        own = [server.description for server in self.running if server.description.kind == "server"]
        for front in dict.fromkeys(front for description in own for front in description.fronts.values()):
            first = next(description.name for description in own if front in description.fronts.values())
            description = echo_server(front, self.folder, self._answers_of(first))
            if description is None:
                self.missing[f"echo/{front}"] = "this front end has no echo yet"
            elif description.protocols:
                self._start(description, front)

    def _answers_of(self, server: str) -> dict[str, list[Probe]]:
        answers: dict[str, list[Probe]] = {}
        for (name, (_, protocol)), answered in self._probes.items():
            if name == server:
                answers.setdefault(protocol, []).append(answered)
        return answers
