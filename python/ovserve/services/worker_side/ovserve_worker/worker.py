"""The worker's life: load the handler, answer batches one after the other, close the handler."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import traceback
from collections.abc import Mapping
from typing import Any, Callable

from ovserve_worker import answers, entry_point, frames, messages, requests
from ovserve_worker.channel import Channel
from ovserve_worker.context import Context, begin_batch, connect
from ovserve_worker.envelopes import ENVELOPES
from ovserve_worker.exceptions import (
    HandlerNotFoundError,
    PredictionException,
    RequestCancelledError,
)
from ovserve_worker.metrics import MetricsStore
from ovserve_worker.output import Output

log = logging.getLogger(__name__)

_FAILED = 500
_CANCELLED = 499
_NO_BATCH = requests.Batch(0, [], [], [])
_PERMANENT = (HandlerNotFoundError, ImportError, SyntaxError)


class Worker:
    """One handler and the requests it answers.

    Args:
        channel: the connection to the server.
        output: what the handler prints to.
    """

    def __init__(self, channel: Channel, output: Output) -> None:
        self._output = output
        self._channel = channel
        self._pid = os.getpid()
        self._entry_point: entry_point.EntryPoint
        self._call: Callable[..., Any]
        self._context: Context
        self._decode = True
        self._retry_singly = False
        self._batch = _NO_BATCH
        self._takes_pieces = False  # guarded by _pieces
        self._sent_pieces = False
        self._pieces = threading.Lock()

    def run(self) -> int:
        """Serve until the server says stop or is gone; return the exit status."""
        command = self._channel.next_command()
        if command is None or command.kind != messages.LOAD or not self._load(json.loads(command.payload)):
            return 1
        try:
            self._serve()
        finally:  # also when SIGTERM asks for the end
            self._close()
        return 0

    def _serve(self) -> None:
        while True:
            command = self._channel.next_command()
            if command is None or command.kind == messages.STOP:
                return
            if command.kind == messages.PREDICT:
                self._predict(command)
            del command  # a large one would be kept until the next

    def _load(self, wanted: Mapping[str, Any]) -> bool:
        report: dict[str, Any] = {"ok": True}
        try:
            self._context = _context(wanted)
            connect(self._context, self._channel, self._send_piece)
            self._decode = wanted["decode"]
            self._retry_singly = wanted["retry_singly"]
            self._entry_point = _entry_point(wanted)
            self._call = self._entry_point.call
            if wanted["envelope"]:
                self._call = ENVELOPES[wanted["envelope"]](self._call).handle
            self._entry_point.load(self._context)
        except Exception as error:
            code = _failure_of(error)[0]
            report = {
                "ok": False,
                "code": code if code == messages.OUT_OF_RESOURCES else _FAILED,
                "message": _last_line(error),
                "traceback": traceback.format_exc(),
                "permanent": isinstance(error, _PERMANENT),
            }
        loaded = frames.plain_frame(messages.LOADED, json.dumps(report).encode())
        self._channel.send(self._context.metrics.take_frame() if report["ok"] else None, loaded)
        return bool(report["ok"])

    def _close(self) -> None:
        try:
            self._entry_point.close(self._context)
        except Exception:
            log.exception("the handler failed to close")

    def _predict(self, frame: frames.Frame) -> None:
        batch = self._batch = requests.read_batch(frame, self._decode)
        begin_batch(self._context, batch.headers)
        self._channel.begin_batch(batch.batch_id, len(batch.rows))
        if self._channel.all_cancelled:
            self._channel.send(answers.failure_frame(batch.batch_id, _CANCELLED, "Cancelled"))
            return
        call = self._entry_point.call if frame.flags & messages.DESCRIBE else self._call
        self._takes_pieces, self._sent_pieces = True, False
        start = time.perf_counter_ns()
        try:
            output = call(batch.rows, self._context)
            answer = self._answer(output, _microseconds_since(start))
        except Exception as error:
            answer = self._answer_to_failure(error, call, start)
        if os.getpid() != self._pid:
            os._exit(1)  # a process that the handler forked has no say here
        with self._pieces:
            self._takes_pieces = False
        self._batch = _NO_BATCH  # so that it is not kept until the next one
        self._channel.send(self._context.metrics.take_frame(), answer)

    def _answer(self, output: Any, microseconds: int, flags: int = 0) -> frames.Outgoing:
        processors = self._context.request_processor
        assert processors is not None
        return answers.answer_frame(
            self._batch.batch_id,
            output,
            processors,
            self._batch.wants_tensors,
            microseconds,
            flags | self._printed(),
        )

    def _answer_to_failure(self, error: Exception, call: Callable[..., Any], start: int) -> frames.Outgoing:
        batch = self._batch
        cancelled = isinstance(error, RequestCancelledError)
        if self._retry_singly and len(batch.rows) > 1 and not cancelled and not self._sent_pieces:
            log.warning("a batch of %d failed, its requests are tried singly: %s", len(batch.rows), error)
            return self._retry(call, start)
        code, message = _failure_of(error)
        if not cancelled:
            log.error("%s", message, exc_info=error)
        microseconds = _microseconds_since(start)
        return answers.failure_frame(batch.batch_id, code, message, microseconds, self._printed())

    def _retry(self, call: Callable[..., Any], start: int) -> frames.Outgoing:
        """Call the handler once per request, so that those that are not at fault get their answers."""
        with self._pieces:  # they would be pieces of all answers
            self._takes_pieces = False
        outputs: list[Any] = []
        processors: list[Any] = []
        for row, request in zip(self._batch.rows, self._batch.headers):
            begin_batch(self._context, [request])
            try:
                output = call([row], self._context)
                answers.check(output, 1)
                outputs.append(output[0])
            except Exception as error:
                log.exception("%s", _last_line(error))
                outputs.append(answers.FailedItem(*_failure_of(error)))
            processors += self._context.request_processor or ()
        self._context.request_processor = processors
        return self._answer(outputs, _microseconds_since(start))

    def _printed(self) -> int:
        return messages.PRINTED if self._output.take_written() else 0

    def _send_piece(self, output: Any) -> None:
        if self._channel.cancelled(None):
            raise RequestCancelledError("the requests of this batch were cancelled")
        with self._pieces:  # a thread of the handler may be late
            if not self._takes_pieces:
                raise RuntimeError("no pieces can be sent now: the handler has returned, or is tried again")
            self._sent_pieces = True
            self._channel.send(self._answer(output, 0, messages.MORE))


def _entry_point(wanted: Mapping[str, Any]) -> entry_point.EntryPoint:
    loader = wanted.get("loader")
    if loader is None:
        return entry_point.find_entry_point(wanted["handler"])
    from ovserve_worker import loader_entry_point  # most workers need none of it

    return loader_entry_point.LoaderEntryPoint(loader_entry_point.LoaderDescription(**loader))


def _context(wanted: Mapping[str, Any]) -> Context:
    context = Context(
        wanted["model_name"],
        wanted["model_dir"],
        wanted["manifest"],
        wanted["batch_size"],
        wanted["gpu_id"],
        wanted["server_version"],
        wanted["limit_max_image_pixels"],
        MetricsStore(None, wanted["model_name"]),
        wanted["model_yaml"],
    )
    context.system_properties.update(device=wanted["device"], threads=wanted["threads"])
    context.request_processor = None
    return context


def _failure_of(error: Exception) -> tuple[int, str]:
    """Return the status and the text for clients; details go to the log alone."""
    if isinstance(error, answers.InvalidOutputError):
        return messages.PREDICTION_FAILED, str(error)
    if isinstance(error, PredictionException):
        code = error.error_code
        if not isinstance(code, int) or not 200 <= code <= 999:
            code = _FAILED
        return code, str(error.message)
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "CUDA" in str(error)):
        return messages.OUT_OF_RESOURCES, "Out of resources"
    if isinstance(error, RequestCancelledError):
        return _CANCELLED, "Cancelled"
    return messages.PREDICTION_FAILED, "Prediction failed"


def _last_line(error: Exception) -> str:
    return "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]


def _microseconds_since(start: int) -> int:
    return (time.perf_counter_ns() - start) // 1000
