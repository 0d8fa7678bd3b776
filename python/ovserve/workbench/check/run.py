"""Start the process in which a loader is checked, and see to it that it ends."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from typing import Any

from ovserve.config.loader_path import loader_path_problem
from ovserve.errors import InvalidArgumentError
from ovserve.workbench.check.catalogue import finding
from ovserve.workbench.check.report import STEPS, CheckReport, CheckRequest, Finding, StepResult

_KEPT_OUTPUT_BYTES = 8000
_CHUNK_BYTES = 65536


def check_loader(request: CheckRequest) -> CheckReport:
    """Take a loader through its life in a process of its own, which it may crash, hang or end.

    Raises:
        InvalidArgumentError: the request makes no sense; the message says why.
    """
    problem = loader_path_problem(request.library)
    if problem is not None:
        raise InvalidArgumentError(problem)
    if request.base_path and not os.path.isdir(request.base_path):
        raise InvalidArgumentError(f"--base-path {request.base_path}: there is no such folder")
    with tempfile.TemporaryDirectory(prefix="ovserve-check-", ignore_cleanup_errors=True) as temporary:
        events, output = os.pipe(), os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ovserve.workbench.check.checked_process", str(events[1])],
            stdin=subprocess.PIPE,
            stdout=output[1],
            stderr=output[1],
            pass_fds=(events[1],),
            start_new_session=True,
            env={**os.environ, "TMPDIR": temporary},
        )
        os.close(events[1])
        os.close(output[1])
        watch = _Watch(request, process, events[0], output[0])
        try:
            return watch.run()
        finally:
            _kill_group(process)
            os.close(events[0])
            os.close(output[0])


class _Watch:
    """Reads what the process tells until it has ended, or until a step takes too long."""

    def __init__(
        self, request: CheckRequest, process: "subprocess.Popen[bytes]", events: int, output: int
    ) -> None:
        self._request = request
        self._process = process
        self._report = CheckReport(request.library)
        self._events, self._output = events, output
        self._partial = b""
        self._written = b""
        self._step, self._function, self._done = "file", "", False
        self._deadline = 0.0

    def run(self) -> CheckReport:
        self._send_request()
        handle = os.pidfd_open(self._process.pid)
        try:
            with selectors.DefaultSelector() as selector:
                for descriptor in (self._events, self._output, handle):
                    os.set_blocking(descriptor, False)
                    selector.register(descriptor, selectors.EVENT_READ)
                ended = self._follow(selector, handle)
        finally:
            os.close(handle)
        self._read_all()
        if ended:
            self._judge_end(self._process.wait())
        self._add_steps_not_taken()
        self._report.output = self._written.decode(errors="backslashreplace")
        return self._report

    def _send_request(self) -> None:
        assert self._process.stdin is not None
        try:
            with self._process.stdin as pipe:
                pipe.write(json.dumps(asdict(self._request)).encode())
        except BrokenPipeError:  # it has ended already; how, is found out below
            pass

    def _follow(self, selector: selectors.BaseSelector, handle: int) -> bool:
        self._restart_clock()
        while True:
            left = self._deadline - time.monotonic()
            if left <= 0:
                self._found(self._overdue())
                return False
            for key, _ in selector.select(left):
                if key.fd == handle:
                    return True
                if not self._read(key.fd):
                    selector.unregister(key.fd)

    def _read(self, descriptor: int) -> bool:
        try:
            data = os.read(descriptor, _CHUNK_BYTES)
        except BlockingIOError:
            return True
        self._keep(descriptor, data)
        return bool(data)

    def _read_all(self) -> None:
        for descriptor in (self._events, self._output):
            try:
                while data := os.read(descriptor, _CHUNK_BYTES):
                    self._keep(descriptor, data)
            except BlockingIOError:
                continue

    def _keep(self, descriptor: int, data: bytes) -> None:
        if descriptor == self._output:
            self._written = (self._written + data)[-_KEPT_OUTPUT_BYTES:]
            return
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, event: dict[str, Any]) -> None:
        self._restart_clock()
        if "kind" in event:
            self._report.kind = event["kind"]
        elif "begin" in event:
            self._step, self._function = event["begin"], event["function"]
        elif "end" in event:
            self._report.steps.append(StepResult(**event["end"]))
            self._function = ""
        elif "found" in event:
            self._report.findings.append(Finding(**event["found"]))
        else:
            self._step, self._function, self._done = "exit", "the end of the process", True

    def _restart_clock(self) -> None:
        self._deadline = time.monotonic() + self._request.step_limit_s

    def _overdue(self) -> Finding:
        what = self._function or self._step
        return finding(
            "time-limit", self._step, f"{what} did not end within {self._request.step_limit_s:g} s"
        )

    def _judge_end(self, code: int) -> None:
        if self._done and code == 0:
            self._report.steps.append(StepResult("exit", "passed"))
            return
        during = f"during {self._function or 'the step ' + self._step}"
        if code < 0:
            self._found(finding("crash", self._step, f"the process died of {_signal_name(-code)} {during}"))
        elif self._function or self._done:
            self._found(
                finding(
                    "ended-process", self._step, f"the process ended itself with exit code {code} {during}"
                )
            )
        else:
            self._found(
                finding("checker-failed", self._step, f"the checker itself ended with {code} {during}")
            )

    def _found(self, found: Finding) -> None:
        self._report.findings.append(found)
        self._report.steps.append(StepResult(found.step, "failed", found.code))

    def _add_steps_not_taken(self) -> None:
        """Those behind a failed one, and those that the loader did not live to see."""
        taken = {step.name for step in self._report.steps}
        reason = "after what was found before"
        self._report.steps += [StepResult(name, "skipped", reason) for name in STEPS if name not in taken]
        self._report.steps.sort(key=lambda step: STEPS.index(step.name))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # with whatever the loader has started
    process.wait()
