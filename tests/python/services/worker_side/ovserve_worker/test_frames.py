"""What goes over the socket pair, and what must not."""

import os
import socket
from collections.abc import Iterator

import pytest

from ovserve.services.wire import frames

KIND = 7


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def shared(*blobs: bytes) -> "frames.Outgoing":
    writer = frames.FrameWriter(frames.INLINE_BYTES + 1)
    for blob in blobs:
        writer.blob(blob)
    return writer.finish(KIND)


def receive(reader: "frames.FrameReader", count: int) -> list["frames.Frame"]:
    received: list[frames.Frame] = []
    while len(received) < count:
        more = reader.receive(wait=True)
        assert more is not None
        received += more
    return received


def test_frames_come_whole_however_their_bytes_arrive(pair: tuple[socket.socket, socket.socket]) -> None:
    reader = frames.FrameReader(pair[1])
    data = b"".join(frames.plain_frame(KIND, b"x" * size, size).data for size in range(20))
    received = []
    for byte in data:
        pair[0].send(bytes([byte]))
        received += reader.receive(wait=True) or []
    assert [(f.kind, f.flags, f.payload) for f in received] == [(KIND, n, b"x" * n) for n in range(20)]
    pair[0].sendall(data)
    assert len(receive(reader, 20)) == 20


def test_blobs_in_shared_memory_are_not_copied_and_keep_their_order(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    reader = frames.FrameReader(pair[1])
    for number in range(3):
        frames.send_all(pair[0], shared(bytes([number]) * 10, b"", b"end"))
    for number, frame in enumerate(receive(reader, 3)):
        payload = frames.PayloadReader(frame)
        first = payload.blob()
        assert isinstance(first, memoryview)
        assert bytes(first) == bytes([number]) * 10
        assert bytes(payload.blob()) == b""
        assert bytes(payload.blob()) == b"end"


def test_no_descriptor_is_left_behind(pair: tuple[socket.socket, socket.socket]) -> None:
    before = len(os.listdir("/proc/self/fd"))
    reader = frames.FrameReader(pair[1])
    for _ in range(5):
        frames.send_all(pair[0], shared(b"x" * 10))
        received = receive(reader, 1)
        del received
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\n", b"\0" * 8, b"\xb5\x07\0\0\xff\xff\xff\xff", b"\xb5" * 64]
)
def test_bytes_that_are_no_frame_are_refused_at_once(
    pair: tuple[socket.socket, socket.socket], data: bytes
) -> None:
    pair[0].send(data)
    with pytest.raises(frames.ProtocolError):
        frames.FrameReader(pair[1]).receive(wait=True)


def test_shared_memory_that_could_shrink_is_refused(pair: tuple[socket.socket, socket.socket]) -> None:
    outgoing = shared(b"x" * 10)
    outgoing.close()
    descriptor = os.memfd_create("unsealed")
    os.ftruncate(descriptor, 64)
    frames.send_all(pair[0], frames.Outgoing(outgoing.data, descriptor))
    with pytest.raises(frames.ProtocolError, match="seal"):
        frames.FrameReader(pair[1]).receive(wait=True)


def test_a_descriptor_that_is_no_memory_is_refused(pair: tuple[socket.socket, socket.socket]) -> None:
    outgoing = shared(b"x" * 10)
    outgoing.close()
    frames.send_all(pair[0], frames.Outgoing(outgoing.data, os.open("/dev/null", os.O_RDONLY)))
    with pytest.raises(frames.ProtocolError, match="cannot be mapped"):
        frames.FrameReader(pair[1]).receive(wait=True)


def test_a_frame_without_its_memory_is_refused(pair: tuple[socket.socket, socket.socket]) -> None:
    outgoing = shared(b"x" * 10)
    outgoing.close()
    pair[0].send(outgoing.data)
    with pytest.raises(frames.ProtocolError, match="without its shared memory"):
        frames.FrameReader(pair[1]).receive(wait=True)


def test_descriptors_without_frames_are_refused_and_closed(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    before = len(os.listdir("/proc/self/fd"))
    reader = frames.FrameReader(pair[1])
    for _ in range(2):
        socket.send_fds(pair[0], [frames.plain_frame(KIND).data], [0, 0])
        reader.receive(wait=True)
    socket.send_fds(pair[0], [frames.plain_frame(KIND).data], [0, 0])
    with pytest.raises(frames.ProtocolError, match="more descriptors"):
        reader.receive(wait=True)
    reader.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_waiting_can_be_declined_and_the_end_is_told(pair: tuple[socket.socket, socket.socket]) -> None:
    reader = frames.FrameReader(pair[1])
    with pytest.raises(BlockingIOError):
        reader.receive(wait=False)
    pair[0].close()
    assert reader.receive(wait=True) is None


def test_texts_keep_their_number_whatever_is_in_them() -> None:
    texts = ["a", "", "b\0c", "\udc80", "end"]
    meta = frames.joined(texts)
    reader = frames.PayloadReader(frames.Frame(KIND, 0, meta, None))
    assert reader.texts(len(meta), 5) == ["a", "", "b\ufffdc", "\udc80", "end"]


def test_a_frame_that_is_too_large_is_not_sent() -> None:
    with pytest.raises(frames.ProtocolError):
        frames.plain_frame(KIND, b"x" * (frames.MAX_FRAME_BYTES + 1))
    writer = frames.FrameWriter(0)
    writer.add(b"x" * (frames.MAX_FRAME_BYTES + 1))
    with pytest.raises(frames.ProtocolError):
        writer.finish(KIND)
