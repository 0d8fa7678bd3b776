"""Frames of workers that do not behave."""

import socket
import struct

import pytest

from ovserve.services.exchange import Part, Reply, Request, ServiceFailure
from ovserve.services.wire import (
    decode_answer,
    decode_metrics,
    decode_model_call,
    encode_batch,
    encode_outputs,
    frames,
    messages,
)

IDS = ["a"]


def item(status: int = 200, texts: tuple[str, ...] = ("",), headers: int = 0, tensors: int = 0) -> bytes:
    meta = frames.joined(texts)
    return messages.ITEM.pack(status, len(meta), headers, tensors) + meta


def answer(*items: bytes, count: int | None = None) -> "frames.Frame":
    writer = frames.FrameWriter(0)
    writer.add(messages.ANSWERS.pack(1, 200, 5, 0, len(items) if count is None else count))
    for each in items:
        writer.add(each)
    return frame_of(writer.finish(messages.ANSWER))


def frame_of(outgoing: "frames.Outgoing") -> "frames.Frame":
    ours, theirs = socket.socketpair()
    with ours, theirs:
        frames.send_all(ours, outgoing)
        reader = frames.FrameReader(theirs)
        received: list[frames.Frame] = []
        while not received:
            received += reader.receive(wait=True) or []
        return received[0]


def blob(data: bytes) -> bytes:
    return struct.pack("<qQ", -1, len(data)) + data


def test_an_answer_is_read() -> None:
    frame = answer(item(201, ("Made", "Content-Type", "a/b", "x", "y"), 2) + blob(b"body"))
    batch, microseconds, (reply,) = decode_answer(frame, IDS, 10)
    assert (batch, microseconds) == (1, 5)
    assert reply == Reply(201, "Made", [("x", "y")], "a/b", b"body", "a")


@pytest.mark.parametrize(
    "frame",
    [
        answer(item() + blob(b"x"), item() + blob(b"y")),
        answer(count=1),
        answer(item()),
        answer(item(99) + blob(b"")),
        answer(item(headers=5) + blob(b"")),
        answer(item(texts=("", "a"), headers=1) + blob(b"")),
        answer(item(texts=("", "a", "FP32", "no shape"), tensors=1) + blob(b"")),
        answer(item() + struct.pack("<qQ", -1, 1 << 60)),
        answer(item() + struct.pack("<qQ", 0, 1)),
        answer(item() + struct.pack("<qQ", -7, 1)),
        answer(messages.ITEM.pack(200, 2, 0, 0) + b"\xff\xff" + blob(b"")),
        frames.Frame(messages.ANSWER, 0, b"", None),
        frames.Frame(messages.ANSWER, 0, messages.ANSWERS.pack(1, 500, 0, 1000, 0), None),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(frame: "frames.Frame") -> None:
    with pytest.raises(frames.ProtocolError):
        decode_answer(frame, IDS, 100)


def test_a_failed_batch_fails_all_its_requests() -> None:
    text = frames.joined(["why"])
    frame = frame_of(
        frames.plain_frame(messages.ANSWER, messages.ANSWERS.pack(1, 503, 0, len(text), 0) + text)
    )
    _, _, results = decode_answer(frame, ["a", "b"], 10)
    assert [(r.status, r.message, r.request_id) for r in results if isinstance(r, ServiceFailure)] == [
        (503, "why", "a"),
        (503, "why", "b"),
    ]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        messages.COUNT.pack(1),
        messages.COUNT.pack(1) + messages.METRIC.pack(9, 1.0, 3, 0) + b"a\0b",
        messages.COUNT.pack(1) + messages.METRIC.pack(0, 1.0, 3, 4) + b"a\0b",
    ],
)
def test_metrics_that_make_no_sense_are_refused(payload: bytes) -> None:
    with pytest.raises(frames.ProtocolError):
        decode_metrics(frames.Frame(messages.METRICS, 0, payload, None))


@pytest.mark.parametrize(
    ("datatype", "shape", "data"),
    [
        ("FP32", "2", b"1234"),
        ("FP32", "1", b"123"),
        ("FP8", "1", b"1"),
        ("FP32", "-5", b"1234"),
        ("BYTES", "1", b"\xff\xff\xff\xff"),
        ("BYTES", "1", b"\x01"),
        ("BYTES", "2", b"\x01\0\0\0a"),
    ],
)
def test_tensors_that_make_no_sense_are_refused(datatype: str, shape: str, data: bytes) -> None:
    meta = frames.joined(["model", "x", datatype, shape])
    payload = messages.INPUTS.pack(1, -1, len(meta), 1) + meta + blob(data)
    with pytest.raises(frames.ProtocolError):
        decode_model_call(frames.Frame(messages.INFER, 0, payload, None))


def test_large_outputs_go_through_shared_memory_and_small_ones_do_not() -> None:
    import numpy as np

    small = encode_outputs(1, {"y": np.zeros(4)})
    large = encode_outputs(1, {"y": np.zeros(400_000)})
    try:
        assert small.descriptor == -1
        assert large.descriptor >= 0
        assert len(large.data) < 200
    finally:
        large.close()


def test_only_the_servers_own_control_headers_are_sent() -> None:
    request = Request((Part("body", "", b""),), (("EXPLAIN", "x"), ("kept", "y"), ("describe", "z")))
    data = encode_batch(1, [("id", request)]).data
    assert b"kept\0y" in data
    assert b"EXPLAIN" not in data
    assert b"describe" not in data
