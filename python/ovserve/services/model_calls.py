"""Handlers' calls of models that the server serves."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any

from ovserve import errors
from ovserve.services.exchange import Infer
from ovserve.services.wire import ModelCall, encode_outputs, frames

log = logging.getLogger(__name__)

STATUS_OF: dict[type[errors.OvserveError], int] = {
    errors.InvalidArgumentError: 400,
    errors.NotFoundError: 404,
    errors.FailedPreconditionError: 412,
    errors.ResourceExhaustedError: 429,
    errors.CancelledError: 499,
    errors.UnimplementedError: 501,
    errors.UnavailableError: 503,
    errors.DeadlineExceededError: 504,
}
"""``InferError.code`` by what went wrong; 500 for everything else."""


class ModelCaller:
    """Runs models in threads and hands their outputs to the workers that asked for them."""

    def __init__(self, infer: Infer | None, executor: Executor, loop: asyncio.AbstractEventLoop) -> None:
        self._infer = infer
        self._executor = executor
        self._loop = loop

    def answer(self, call: ModelCall, send: Callable[["frames.Outgoing"], None]) -> None:
        """Run the model and send its outputs, or why there are none, on the loop."""
        self._executor.submit(self._run, call, send)

    def _run(self, call: ModelCall, send: Callable[["frames.Outgoing"], None]) -> None:
        frame = self._frame(call)
        try:
            self._loop.call_soon_threadsafe(send, frame)
        except RuntimeError:  # the loop has ended meanwhile
            frame.close()

    def _frame(self, call: ModelCall) -> "frames.Outgoing":
        try:
            return encode_outputs(call.call_id, self._outputs(call))
        except errors.OvserveError as error:
            status = next((code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 500)
            return encode_outputs(call.call_id, {}, status, str(error))
        except Exception:
            log.exception("model %s, called by a handler, failed", call.model)
            return encode_outputs(call.call_id, {}, 500, f"model {call.model!r} failed")

    def _outputs(self, call: ModelCall) -> Mapping[str, Any]:
        if self._infer is None:
            raise errors.UnimplementedError("this server serves no models that a handler could call")
        return self._infer(call.model, call.inputs, call.version)
