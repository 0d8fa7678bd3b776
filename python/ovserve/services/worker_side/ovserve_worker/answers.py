"""From what a handler returns to the frame with its answers."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from ovserve_worker import frames, messages, tensors
from ovserve_worker.context import RequestProcessor

log = logging.getLogger(__name__)

_UNSUPPORTED = "Unsupported model output data type."
_MOST_MICROSECONDS = 0xFFFFFFFF


class InvalidOutputError(Exception):
    """A handler returned what cannot be an answer; the text is for clients."""


class FailedItem(NamedTuple):
    """In place of an element of the output: that request alone failed."""

    code: int
    message: str


def failure_frame(
    batch_id: int, code: int, message: str, microseconds: int = 0, flags: int = 0
) -> frames.Outgoing:
    """Return the answer of a batch that failed as a whole."""
    text = frames.joined([message])
    return frames.plain_frame(
        messages.ANSWER,
        messages.ANSWERS.pack(batch_id, code, min(microseconds, _MOST_MICROSECONDS), len(text), 0) + text,
        flags,
    )


def answer_frame(
    batch_id: int,
    output: Any,
    processors: Sequence[RequestProcessor],
    wants_tensors: Sequence[bool],
    microseconds: int = 0,
    flags: int = 0,
) -> frames.Outgoing:
    """Return the frame with the answers of a batch.

    Args:
        batch_id: the batch's number.
        output: what the handler returned.
        processors: status and headers that the handler set, one per request.
        wants_tensors: per request, whether a dict of arrays is an answer.
        microseconds: how long the handler took.
        flags: MORE, PRINTED.

    Raises:
        InvalidOutputError: the output is no list with one element per request.
    """
    check(output, len(processors))
    items = [
        _item(value, processor, tensors_wanted)
        for value, processor, tensors_wanted in zip(output, processors, wants_tensors)
    ]
    blob_bytes = 0
    for _, blobs in items:
        for blob in blobs:
            blob_bytes += len(blob)
    writer = frames.FrameWriter(blob_bytes)
    writer.add(
        messages.ANSWERS.pack(batch_id, messages.OK, min(microseconds, _MOST_MICROSECONDS), 0, len(items))
    )
    for head, blobs in items:
        writer.add(head)
        for blob in blobs:
            writer.blob(blob)
    return writer.finish(messages.ANSWER, flags)


def check(output: Any, requests: int) -> None:
    """Raise InvalidOutputError unless the output is a list with one element per request."""
    if not isinstance(output, list):
        raise InvalidOutputError("Invalid model predict output")
    if len(output) != requests:
        raise InvalidOutputError("number of batch response mismatched")


def _item(
    value: Any, processor: RequestProcessor, wants_tensors: bool
) -> tuple[bytes, Sequence[frames.Buffer]]:
    if isinstance(value, FailedItem):
        return _failed_item(value)
    status = processor.get_response_status_code()
    texts = [str(processor.get_response_status_phrase() or "")]
    headers = processor.get_response_headers()
    for name, text in headers.items():
        texts += (str(name), str(text))
    try:
        if wants_tensors and isinstance(value, dict) and value and all(map(tensors.is_array, value.values())):
            sent = tensors.to_wire(value)
            texts += [text for tensor in sent for text in tensor.texts]
            count, blobs = len(sent), [tensor.data for tensor in sent]
        else:
            count, blobs = 0, [_body(value)]
    except (TypeError, ValueError, RecursionError) as error:
        log.warning("an answer of type %s cannot be sent: %s", type(value).__name__, error)
        return _failed_item(FailedItem(messages.PREDICTION_FAILED, _UNSUPPORTED))
    meta = frames.joined(texts)
    return messages.ITEM.pack(status, len(meta), len(headers), count) + meta, blobs


def _failed_item(failed: FailedItem) -> tuple[bytes, Sequence[frames.Buffer]]:
    meta = frames.joined([failed.message])
    return messages.ITEM.pack(failed.code, len(meta), 0, messages.FAILED_ITEM) + meta, ()


def _body(value: Any) -> frames.Buffer:
    """Return bytes as they are, text as UTF-8, a tensor in torch's format, all else as JSON."""
    if isinstance(value, (bytes, bytearray)):
        return value
    if isinstance(value, str):
        return value.encode("utf-8")
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        stored = io.BytesIO()
        torch.save(value, stored)
        return stored.getvalue()
    return json.dumps(value, indent=2).encode("utf-8")
