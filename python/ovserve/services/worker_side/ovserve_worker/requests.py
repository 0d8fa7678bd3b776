"""From a frame with a batch to what handlers are given: one dict per request, and its headers."""

from __future__ import annotations

import json
import logging
from typing import Any, NamedTuple

from ovserve_worker import messages, tensors
from ovserve_worker.context import RequestHeaders
from ovserve_worker.frames import Buffer, Frame, PayloadReader

log = logging.getLogger(__name__)


_decode_json = json.JSONDecoder().decode  # json.loads looks at its arguments for longer than at a small body


class Batch(NamedTuple):
    """What one PREDICT frame brought."""

    batch_id: int
    rows: list[dict[str, Any]]
    headers: list[tuple[str, RequestHeaders]]
    wants_tensors: list[bool]


def read_batch(frame: Frame, decode: bool) -> Batch:
    """Return the batch of a frame.

    Args:
        frame: of kind PREDICT.
        decode: whether JSON and text become values.
    """
    reader = PayloadReader(frame)
    batch_id, count = reader.fields(messages.BATCH)
    rows: list[dict[str, Any]] = []
    all_headers: list[tuple[str, RequestHeaders]] = []
    wants_tensors: list[bool] = []
    explain = "True" if frame.flags & messages.EXPLAIN else "False"
    for _ in range(count):
        meta_size, header_count, part_count, flags = reader.fields(messages.REQUEST)
        header_end = 2 + 2 * header_count
        texts = reader.texts(meta_size, header_end + messages.TEXTS_PER_PART * part_count)
        row: dict[str, Any] = {}
        headers = RequestHeaders()
        parts = iter(texts[header_end:])
        for name, content_type, datatype, shape in zip(parts, parts, parts, parts):
            headers[name] = {"content-type": content_type}
            data = reader.blob()
            row[name] = _tensor(datatype, shape, data) if datatype else _value(content_type, data, decode)
        headers.update(zip(texts[2:header_end:2], texts[3:header_end:2]))
        headers["explain"] = explain
        if texts[1]:
            headers["url_path"] = texts[1]
        if frame.flags & messages.DESCRIBE:
            headers["describe"] = "True"
        rows.append(row)
        all_headers.append((texts[0], headers))
        wants_tensors.append(flags & messages.WANTS_TENSORS != 0)
    return Batch(batch_id, rows, all_headers, wants_tensors)


def _value(content_type: str, data: Buffer, decode: bool) -> Any:
    """Return JSON as its value, text as ``str``, all else as a ``bytearray``."""
    if not decode or not content_type:
        return bytearray(data)
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        try:
            return _decode_json(str(data, "utf-8"))
        except (ValueError, RecursionError) as error:
            log.warning("a body of type %s is no JSON, the handler gets its bytes: %s", content_type, error)
    elif kind.startswith("text"):
        try:
            return str(data, "utf-8")
        except UnicodeDecodeError as error:
            log.warning("a body of type %s is no UTF-8, the handler gets its bytes: %s", content_type, error)
    return bytearray(data)


def _tensor(datatype: str, shape: str, data: Buffer) -> Any:
    """Return a tensor's array; BYTES as a ``bytearray`` if it has one element, else a list of them."""
    if datatype == "BYTES":
        elements = [bytearray(element) for element in tensors.unpacked_bytes(data)]
        return elements[0] if len(elements) == 1 else elements
    return tensors.from_wire(datatype, shape, data)
