"""The worker's end of the connection to the server."""

from __future__ import annotations

import fcntl
import termios
import threading
import time
from array import array
from collections import deque
from collections.abc import Mapping
from socket import socket
from typing import Any

from ovserve_worker import frames, messages, tensors
from ovserve_worker.exceptions import InferError, RequestCancelledError

_MOST_UNREAD = 4096  # as the kernel counts: some frames
_SHORTEST_PAUSE_S = 0.0005
_LONGEST_PAUSE_S = 0.01


class Channel:
    """Sends answers, receives commands, and calls the server's models. Calls may come from any thread."""

    def __init__(self, connection: socket) -> None:
        self._socket = connection
        self._reader = frames.FrameReader(connection)
        self._commands: deque[frames.Frame] = deque()
        self._inferred: dict[int, frames.Frame] = {}
        self._cancelled: set[int] = set()
        self._cancelled_ahead: dict[int, set[int]] = {}
        self._batch_id = -1
        self._batch_size = 0
        self._last_call = 0
        self._receiving = threading.RLock()
        self._sending = threading.Lock()

    def next_command(self) -> frames.Frame | None:
        """Wait for the server's next command; ``None`` when the server is gone."""
        while not self._commands:
            with self._receiving:
                if not self._receive(wait=True):
                    return None
        return self._commands.popleft()

    def begin_batch(self, batch_id: int, size: int) -> None:
        """Note which requests can be cancelled; some may have been while they waited here."""
        self._batch_id, self._batch_size = batch_id, size
        self._cancelled = self._cancelled_ahead.pop(batch_id, set())
        if not self._commands:
            self._cancelled_ahead.clear()  # of batches that were answered meanwhile

    @property
    def all_cancelled(self) -> bool:
        """Whether nobody waits for the batch any more, as far as is known."""
        return len(self._cancelled) >= self._batch_size > 0

    def send(self, *outgoing: frames.Outgoing | None) -> None:
        """Send frames in their order."""
        with self._sending:
            for frame in outgoing:
                if frame is not None:
                    if frame.descriptor >= 0:
                        self._wait_for_reader()
                    frames.send_all(self._socket, frame)

    def _wait_for_reader(self) -> None:
        """Wait until the server has taken most of what was sent.

        A socket that is not read holds hundreds of small frames, and with each a memory file of any size.
        """
        waiting = array("i", [0])
        pause_s = _SHORTEST_PAUSE_S
        while True:
            fcntl.ioctl(self._socket, termios.TIOCOUTQ, waiting, True)
            if waiting[0] <= _MOST_UNREAD:
                return
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def cancelled(self, index: int | None) -> bool:
        """Whether nobody waits for that request of the batch, or for any of them (``None``)."""
        if self._receiving.acquire(blocking=False):  # else somebody else is reading
            try:
                while self._receive(wait=False):
                    pass
            except BlockingIOError:
                pass
            finally:
                self._receiving.release()
        if index is None:
            return self.all_cancelled
        return index in self._cancelled

    def infer(self, name: str, inputs: Mapping[str, Any], version: int | None) -> dict[str, Any]:
        """Run a model of the server; see :meth:`ovserve_worker.context.Context.infer`."""
        if self.cancelled(None):
            raise RequestCancelledError("the requests of this batch were cancelled")
        sent = tensors.to_wire(inputs)
        writer = frames.FrameWriter(sum(len(tensor.data) for tensor in sent))
        meta = frames.joined([name, *(text for tensor in sent for text in tensor.texts)])
        with self._receiving:
            self._last_call = call = (self._last_call + 1) & 0xFFFFFFFF
            number = messages.NO_VERSION if version is None else version
            writer.add(messages.INPUTS.pack(call, number, len(meta), len(sent)) + meta)
            tensors.add_blobs(writer, sent)
            self.send(writer.finish(messages.INFER))
            while call not in self._inferred:
                if not self._receive(wait=True):
                    raise InferError("the server is gone")
            return _outputs(self._inferred.pop(call))

    def _receive(self, wait: bool) -> bool:
        """Sort what comes next; false at the end of the stream."""
        received = self._reader.receive(wait)
        for frame in received or ():
            if frame.kind == messages.CANCEL:
                batch_id, index = frames.PayloadReader(frame).fields(messages.CANCELLED)
                if batch_id == self._batch_id:
                    self._cancelled.add(index)
                elif any(command.kind == messages.PREDICT for command in self._commands):
                    self._cancelled_ahead.setdefault(batch_id, set()).add(index)
            elif frame.kind == messages.INFERRED:
                self._inferred[messages.OUTPUTS.unpack_from(frame.payload)[0]] = frame
            else:
                self._commands.append(frame)
        return received is not None


def _outputs(frame: frames.Frame) -> dict[str, Any]:
    reader = frames.PayloadReader(frame)
    _, code, meta_size, count = reader.fields(messages.OUTPUTS)
    message, *texts = reader.texts(meta_size, 1 + count * messages.TEXTS_PER_TENSOR)
    if code != messages.OK:
        raise InferError(message, code)
    return tensors.read_tensors(reader, texts)
