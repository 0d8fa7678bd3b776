"""What server and worker say to each other: length-prefixed frames over a socket pair.

A frame is a header (magic, kind, flags, payload length) and its payload. Payloads hold blobs; when the
blobs of a frame are large together, they travel in one sealed memory file whose descriptor comes with the
frame's first byte, and the payload says where in it each of them lies. Both sides use this module. Whoever
reads trusts nothing: what cannot be read raises :class:`ProtocolError`.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from array import array
from collections import deque
from collections.abc import Sequence
from socket import CMSG_SPACE, MSG_CMSG_CLOEXEC, MSG_CTRUNC, MSG_DONTWAIT, SCM_RIGHTS, SOL_SOCKET, socket
from typing import Any, NamedTuple, Union

Buffer = Union[bytes, bytearray, memoryview]

INLINE_BYTES = 256 * 1024
"""Blobs of one frame that are larger together go through shared memory."""

MAX_FRAME_BYTES = 32 * 1024 * 1024
RECEIVE_BYTES = 64 * 1024

_MAGIC = 0xB5
_SHARED = 0x8000
_HEADER = struct.Struct("<BBHI")
_BLOB = struct.Struct("<qQ")
_INLINE = -1
_ALIGNMENT = 64
_MAX_DESCRIPTORS = 4
_ANCILLARY_BYTES = CMSG_SPACE(4 * _MAX_DESCRIPTORS)
_SEPARATOR = "\0"
# As plain numbers: operators of the flags' enumeration cost more than the system call.
_WAIT = int(MSG_CMSG_CLOEXEC)
_NO_WAIT = int(MSG_CMSG_CLOEXEC | MSG_DONTWAIT)
_TRUNCATED = int(MSG_CTRUNC)


class ProtocolError(Exception):
    """The other side sent what no frame may hold."""


class Outgoing(NamedTuple):
    """A frame to be sent; whoever sends it closes ``descriptor`` (-1: none) afterwards."""

    data: bytes
    descriptor: int

    def close(self) -> None:
        """Give the descriptor back."""
        if self.descriptor >= 0:
            os.close(self.descriptor)


class Frame(NamedTuple):
    """A frame that came; ``shared`` maps the memory file that came with it."""

    kind: int
    flags: int
    payload: bytes
    shared: memoryview | None


class FrameWriter:
    """Puts one frame together.

    Args:
        blob_bytes: the size of all blobs that will be added, which decides how they travel.
    """

    __slots__ = ("_blobs", "_chunks", "_end", "_shared")

    def __init__(self, blob_bytes: int) -> None:
        self._chunks: list[Buffer] = []
        self._shared = blob_bytes > INLINE_BYTES
        self._blobs: list[tuple[int, Buffer]] = []
        self._end = 0

    def add(self, data: bytes) -> None:
        """Add packed fields."""
        self._chunks.append(data)

    def blob(self, data: Buffer) -> None:
        """Add bytes of any size; for other element types than bytes pass a view cast to ``B``."""
        size = len(data)
        if self._shared and size:
            self._chunks.append(_BLOB.pack(self._end, size))
            self._blobs.append((self._end, data))
            self._end += size + -size % _ALIGNMENT
        else:
            self._chunks.append(_BLOB.pack(_INLINE, size))
            self._chunks.append(data)

    def finish(self, kind: int, flags: int = 0) -> Outgoing:
        """Return the frame.

        Raises:
            ProtocolError: it is too large even without its blobs.
            OSError: there is no memory for the blobs.
        """
        payload = b"".join(self._chunks)
        if len(payload) > MAX_FRAME_BYTES:
            raise ProtocolError(f"{len(payload)} bytes of headers are more than {MAX_FRAME_BYTES}")
        if not self._blobs:
            return Outgoing(_HEADER.pack(_MAGIC, kind, flags, len(payload)) + payload, -1)
        head = _HEADER.pack(_MAGIC, kind, flags | _SHARED, len(payload))
        return Outgoing(head + payload, _memory_file(self._blobs, self._end))


def plain_frame(kind: int, payload: bytes = b"", flags: int = 0) -> Outgoing:
    """Return a frame without blobs.

    Raises:
        ProtocolError: it is too large.
    """
    if len(payload) > MAX_FRAME_BYTES:
        raise ProtocolError(f"a message of {len(payload)} bytes is larger than {MAX_FRAME_BYTES}")
    return Outgoing(_HEADER.pack(_MAGIC, kind, flags, len(payload)) + payload, -1)


def _memory_file(blobs: list[tuple[int, Buffer]], size: int) -> int:
    descriptor = os.memfd_create("ovserve", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.ftruncate(descriptor, size)
        for offset, data in blobs:
            view = memoryview(data)
            while view:
                written = os.pwrite(descriptor, view, offset)
                view, offset = view[written:], offset + written
        # Who maps it need not fear that it shrinks, which would end the process by SIGBUS.
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _map(descriptor: int) -> memoryview:
    try:
        if not fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & fcntl.F_SEAL_SHRINK:
            raise ProtocolError("shared memory came without the seal against shrinking")
        return memoryview(mmap.mmap(descriptor, 0))
    except (OSError, ValueError) as error:
        raise ProtocolError(f"shared memory cannot be mapped: {error}") from error
    finally:
        os.close(descriptor)


class FrameReader:
    """Cuts what a socket brings into frames, each with the descriptor that came with it."""

    def __init__(self, receiver: socket) -> None:
        self._socket = receiver
        self._rest = bytearray()
        self._descriptors: deque[int] = deque()

    def receive(self, wait: bool) -> list[Frame] | None:
        """Return the frames that the next bytes complete, perhaps none; ``None`` at the end of the stream.

        Args:
            wait: whether to wait for bytes if there are none.

        Raises:
            BlockingIOError: there are none, and waiting was not asked for.
            OSError: the connection broke.
            ProtocolError: what came is no frame.
        """
        data, ancillary, flags, _ = self._socket.recvmsg(
            RECEIVE_BYTES, _ANCILLARY_BYTES, _WAIT if wait else _NO_WAIT
        )
        if ancillary:
            self._take_descriptors(ancillary)
        if flags & _TRUNCATED or len(self._descriptors) > _MAX_DESCRIPTORS:
            raise ProtocolError("more descriptors came than frames")
        if not data:
            return None
        return self._cut(data)

    def close(self) -> None:
        """Close descriptors whose frames never came."""
        while self._descriptors:
            os.close(self._descriptors.popleft())

    def _cut(self, data: bytes) -> list[Frame]:
        if self._rest:
            self._rest += data
            if len(self._rest) < self._wanted():
                return []
            data, self._rest = bytes(self._rest), bytearray()
        frames = []
        position, end = 0, len(data)
        while end - position >= _HEADER.size:
            magic, kind, flags, length = _HEADER.unpack_from(data, position)
            if magic != _MAGIC or length > MAX_FRAME_BYTES:
                raise ProtocolError("bytes came that are no frame")
            start = position + _HEADER.size
            if end - start < length:
                break
            position = start + length
            shared = self._map_next() if flags & _SHARED else None
            frames.append(Frame(kind, flags & ~_SHARED, data[start:position], shared))
        if position < end:
            self._rest += data[position:]
            self._wanted()
        return frames

    def _wanted(self) -> int:
        """Return the size of the frame that is being received, as far as it is known."""
        if len(self._rest) < _HEADER.size:
            return _HEADER.size
        magic, _, _, length = _HEADER.unpack_from(self._rest)
        if magic != _MAGIC or length > MAX_FRAME_BYTES:
            raise ProtocolError("bytes came that are no frame")
        return _HEADER.size + int(length)

    def _map_next(self) -> memoryview:
        if not self._descriptors:
            raise ProtocolError("a frame came without its shared memory")
        return _map(self._descriptors.popleft())

    def _take_descriptors(self, ancillary: Sequence[tuple[int, int, bytes]]) -> None:
        for level, kind, data in ancillary:
            if level == SOL_SOCKET and kind == SCM_RIGHTS:
                descriptors = array("i")
                descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
                self._descriptors.extend(descriptors)


def send_some(sender: socket, data: Buffer, descriptor: int) -> int:
    """Send the beginning of a frame with its descriptor (-1: none); return how many bytes went."""
    if descriptor < 0:
        return sender.send(data)
    return sender.sendmsg([data], [(SOL_SOCKET, SCM_RIGHTS, array("i", [descriptor]))])


class PayloadReader:
    """Reads a frame's payload from front to back.

    Every method raises :class:`ProtocolError` when the payload does not hold what is asked for.
    """

    __slots__ = ("_payload", "_position", "_shared")

    def __init__(self, frame: Frame) -> None:
        self._payload = frame.payload
        self._shared = frame.shared
        self._position = 0

    def fields(self, form: struct.Struct) -> tuple[Any, ...]:
        """Return packed fields."""
        position = self._position
        self._position = position + form.size
        try:
            return form.unpack_from(self._payload, position)
        except struct.error as error:
            raise ProtocolError(f"a message ends too soon: {error}") from error

    def take(self, size: int) -> bytes:
        """Return that many bytes."""
        end = self._position + size
        if size < 0 or end > len(self._payload):
            raise ProtocolError("a message ends too soon")
        data = self._payload[self._position : end]
        self._position = end
        return data

    def texts(self, size: int, count: int) -> list[str]:
        """Return the texts that :func:`joined` made one of."""
        if not size and count == 1:
            return [""]
        try:
            texts = self.take(size).decode("utf-8", "surrogatepass").split(_SEPARATOR)
        except UnicodeDecodeError as error:
            raise ProtocolError(f"a text is not UTF-8: {error}") from error
        if len(texts) != count:
            raise ProtocolError(f"{len(texts)} texts came instead of {count}")
        return texts

    def blob(self) -> Buffer:
        """Return bytes of any size: ``bytes``, or a view of shared memory, without a copy."""
        offset, size = self.fields(_BLOB)
        if offset == _INLINE:
            return self.take(size) if size else b""
        if self._shared is None or offset < 0 or offset + size > len(self._shared):
            raise ProtocolError("a blob lies outside of its shared memory")
        return self._shared[offset : offset + size]


def joined(texts: Sequence[str]) -> bytes:
    """Return one or more texts as one, which :meth:`PayloadReader.texts` takes apart."""
    text = _SEPARATOR.join(texts)
    if not text and len(texts) == 1:
        return b""
    if text.count(_SEPARATOR) != len(texts) - 1:  # one of them holds the separator
        text = _SEPARATOR.join(one.replace(_SEPARATOR, "\ufffd") for one in texts)
    return text.encode("utf-8", "surrogatepass")


def send_all(sender: socket, frame: Outgoing) -> None:
    """Send a frame on a blocking socket and give its descriptor back.

    Raises:
        OSError: the connection broke.
    """
    try:
        sent = send_some(sender, frame.data, frame.descriptor)
        if sent < len(frame.data):
            sender.sendall(memoryview(frame.data)[sent:])
    finally:
        frame.close()
