"""From requests to the frames that workers read, and from their frames to replies.

The worker's side of it is in ``worker_side``, which other interpreters import as ``ovserve_worker``; what
both sides share is imported here under the name it has in this package.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ovserve.services.exchange import Reply, Request, ServiceFailure, Tensor

if TYPE_CHECKING:  # the type checker knows the files by one name alone
    from ovserve_worker import frames, messages, tensors
else:
    from ovserve.services.worker_side.ovserve_worker import frames, messages, tensors

__all__ = [
    "MetricUpdate",
    "ModelCall",
    "decode_answer",
    "decode_metrics",
    "decode_model_call",
    "encode_batch",
    "encode_outputs",
    "frames",
    "messages",
]

_SET_BY_THE_SERVER = frozenset({"explain", "url_path", "describe"})


def encode_batch(batch_id: int, requests: Sequence[tuple[str, Request]], flags: int = 0) -> "frames.Outgoing":
    """Return the frame that asks a worker for the answers of a batch.

    Args:
        batch_id: comes back with the answers.
        requests: id and request of each.
        flags: EXPLAIN or DESCRIBE.

    Raises:
        ProtocolError: the headers are too large.
        OSError: there is no memory to share.
    """
    blob_bytes = 0
    for _, request in requests:
        for part in request.parts:
            blob_bytes += len(part.data)
    writer = frames.FrameWriter(blob_bytes)
    writer.add(messages.BATCH.pack(batch_id, len(requests)))
    for request_id, request in requests:
        texts = [request_id, request.url_path]
        for header in request.headers:
            texts += header
        if not _SET_BY_THE_SERVER.isdisjoint(map(str.lower, texts[2::2])):
            texts[2:] = [
                text
                for header in request.headers
                if header[0].lower() not in _SET_BY_THE_SERVER
                for text in header
            ]
        header_count = len(texts) // 2 - 1
        for part in request.parts:
            shape = ",".join(map(str, part.shape)) if part.shape else ""
            texts += (part.name, part.content_type, part.datatype, shape)
        meta = frames.joined(texts)
        wants = messages.WANTS_TENSORS if request.wants_tensors else 0
        writer.add(messages.REQUEST.pack(len(meta), header_count, len(request.parts), wants) + meta)
        for part in request.parts:
            writer.blob(part.data)
    return writer.finish(messages.PREDICT, flags)


def decode_answer(
    frame: "frames.Frame", request_ids: Sequence[str], max_bytes: int
) -> tuple[int, int, list[Reply | ServiceFailure]]:
    """Return batch, microseconds in the handler, and what became of each request.

    Args:
        frame: of kind ANSWER.
        request_ids: of the batch that the worker has.
        max_bytes: the largest answer.

    Raises:
        ProtocolError: the frame is not what it says.
    """
    reader = frames.PayloadReader(frame)
    batch_id, status, microseconds, text_size, count = reader.fields(messages.ANSWERS)
    if status != messages.OK:
        message = reader.texts(text_size, 1)[0]
        failed: list[Reply | ServiceFailure] = [
            ServiceFailure(status, message, request_id=each) for each in request_ids
        ]
        return batch_id, microseconds, failed
    if count != len(request_ids):
        raise frames.ProtocolError(f"{count} answers came for {len(request_ids)} requests")
    return batch_id, microseconds, [_item(reader, each, max_bytes) for each in request_ids]


def _item(reader: "frames.PayloadReader", request_id: str, max_bytes: int) -> Reply | ServiceFailure:
    status, meta_size, header_count, tensor_count = reader.fields(messages.ITEM)
    if tensor_count == messages.FAILED_ITEM:
        return ServiceFailure(status, reader.texts(meta_size, 1)[0], request_id=request_id)
    header_end = 1 + 2 * header_count
    texts = reader.texts(meta_size, header_end + messages.TEXTS_PER_TENSOR * tensor_count)
    reply = Reply(status, texts[0], [], "", b"", request_id)
    if meta_size:  # phrase and headers are mostly empty
        _add_headers(reply, texts[1:header_end])
    if tensor_count:
        reply.tensors = {
            texts[i]: Tensor(texts[i + 1], tensors.dimensions(texts[i + 2]), reader.blob())
            for i in range(header_end, len(texts), messages.TEXTS_PER_TENSOR)
        }
        size = sum(len(tensor.data) for tensor in reply.tensors.values())
    else:
        reply.body = reader.blob()
        size = len(reply.body)
    if not 200 <= status <= 999:
        raise frames.ProtocolError(f"an answer has the status {status}")
    if size > max_bytes:
        return ServiceFailure(
            500,
            f"The answer of {size} bytes is larger than max_response_size, {max_bytes}",
            request_id=request_id,
        )
    return reply


def _add_headers(reply: Reply, texts: list[str]) -> None:
    reply.phrase = _one_line(reply.phrase)
    for i in range(0, len(texts), 2):
        name, value = _one_line(texts[i]), _one_line(texts[i + 1])
        if name.lower() == "content-type":
            reply.content_type = value
        else:
            reply.headers.append((name, value))


def _one_line(text: str) -> str:
    """Return the text as it may stand in a header: a worker is not trusted to send one line."""
    if "\r" in text or "\n" in text:
        return text.replace("\r", " ").replace("\n", " ")
    return text


@dataclass(slots=True, frozen=True)
class MetricUpdate:
    """One update of a custom metric; ``kind`` is counter, gauge or histogram."""

    name: str
    unit: str
    kind: str
    value: float
    dimensions: tuple[tuple[str, str], ...]


def decode_metrics(frame: "frames.Frame") -> list[MetricUpdate]:
    """Return the updates of a frame of kind METRICS."""
    reader = frames.PayloadReader(frame)
    updates = []
    for _ in range(reader.fields(messages.COUNT)[0]):
        kind, value, meta_size, dimension_count = reader.fields(messages.METRIC)
        name, unit, *rest = reader.texts(meta_size, 2 + 2 * dimension_count)
        if kind >= len(messages.METRIC_KINDS):
            raise frames.ProtocolError(f"a metric is of kind {kind}")
        dimensions = tuple(zip(rest[::2], rest[1::2], strict=True))
        updates.append(MetricUpdate(name, unit, messages.METRIC_KINDS[kind], value, dimensions))
    return updates


@dataclass(slots=True, frozen=True)
class ModelCall:
    """A handler's call of a model that the server serves; arrays may lie in shared memory."""

    call_id: int
    model: str
    version: int | None
    inputs: Mapping[str, Any]


def decode_model_call(frame: "frames.Frame") -> ModelCall:
    """Return what a frame of kind INFER asks for."""
    reader = frames.PayloadReader(frame)
    call_id, version, meta_size, count = reader.fields(messages.INPUTS)
    model, *texts = reader.texts(meta_size, 1 + messages.TEXTS_PER_TENSOR * count)
    inputs = tensors.read_tensors(reader, texts)
    return ModelCall(call_id, model, None if version == messages.NO_VERSION else version, inputs)


def encode_outputs(
    call_id: int, outputs: Mapping[str, Any], status: int = 200, message: str = ""
) -> "frames.Outgoing":
    """Return the frame that answers a handler's call of a model.

    Raises:
        TypeError: an output cannot be sent.
        OSError: there is no memory to share.
    """
    sent = tensors.to_wire(outputs)
    writer = frames.FrameWriter(sum(len(tensor.data) for tensor in sent))
    meta = frames.joined([message, *(text for tensor in sent for text in tensor.texts)])
    writer.add(messages.OUTPUTS.pack(call_id, status, len(meta), len(sent)) + meta)
    tensors.add_blobs(writer, sent)
    return writer.finish(messages.INFERRED)
