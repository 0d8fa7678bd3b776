"""KServe's messages of an inference, to and from what services take and give.

Source: kserve docs/predict-api/v2/grpc_predict_v2.proto.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING

from ovserve.errors import InvalidArgumentError
from ovserve.service_grpc import protobuf
from ovserve.service_grpc.inference import MOST_INPUTS
from ovserve.services.exchange import Body, Part, Reply, Tensor

if TYPE_CHECKING:
    import numpy as np

_SIZES = {
    "BOOL": 1,
    "UINT8": 1,
    "INT8": 1,
    "UINT16": 2,
    "INT16": 2,
    "FP16": 2,
    "UINT32": 4,
    "INT32": 4,
    "FP32": 4,
    "UINT64": 8,
    "INT64": 8,
    "FP64": 8,
}
"""Bytes of an element."""

_CONTENTS = {
    "BOOL": (1, "bool"),
    "INT8": (2, "i1"),
    "INT16": (2, "<i2"),
    "INT32": (2, "<i4"),
    "INT64": (3, "<i8"),
    "UINT8": (4, "u1"),
    "UINT16": (4, "<u2"),
    "UINT32": (4, "<u4"),
    "UINT64": (5, "<u8"),
    "FP32": (6, ""),
    "FP64": (7, ""),
    "BYTES": (8, ""),
}
"""Field of InferTensorContents, and what its numbers are cut to."""

_MOST_DIMENSIONS = 32
_MOST_ELEMENTS = 1 << 31


@dataclass(slots=True)
class InferRequest:
    """A ModelInferRequest. ``outputs``: the names that were asked for, none for all."""

    model_name: str = ""
    model_version: str = ""
    id: str = ""
    parts: list[Part] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Input:
    name: str = ""
    datatype: str = ""
    shape: list[int] = field(default_factory=list)
    contents: memoryview | None = None


def model_of(message: bytes) -> str:
    """Return the model's name, field 1 of every request about one; "" if there is none.

    Raises:
        InvalidArgumentError: the message is malformed.
    """
    name = ""
    for number, _, value in protobuf.fields(message):
        if number == 1:
            name = protobuf.text_of(value)
    return name


def name_and_version(message: bytes) -> tuple[str, str]:
    """Read a ModelReadyRequest or a ModelMetadataRequest.

    Raises:
        InvalidArgumentError: the message is malformed.
    """
    found = {1: "", 2: ""}
    for number, _, value in protobuf.fields(message):
        if number in found:
            found[number] = protobuf.text_of(value)
    return found[1], found[2]


def read_infer_request(message: bytes) -> InferRequest:
    """Read a ModelInferRequest; its inputs become parts.

    Raises:
        InvalidArgumentError: the message is malformed, or an input's data do not fit datatype and shape.
    """
    request = InferRequest()
    inputs: list[_Input] = []
    raw: list[memoryview] = []
    for number, _, value in protobuf.fields(message):
        if number == 1:
            request.model_name = protobuf.text_of(value)
        elif number == 2:
            request.model_version = protobuf.text_of(value)
        elif number == 3:
            request.id = protobuf.text_of(value)
        elif number == 5:
            inputs.append(_input(protobuf.bytes_of(value)))
        elif number == 6:
            request.outputs.append(model_of(bytes(protobuf.bytes_of(value))))  # the name is field 1 here too
        elif number == 7:
            raw.append(protobuf.bytes_of(value))
    if len(inputs) > MOST_INPUTS:
        raise InvalidArgumentError(f"The request has more than {MOST_INPUTS} inputs")
    if raw and len(raw) != len(inputs):
        raise InvalidArgumentError(
            f"The request has {len(inputs)} inputs and {len(raw)} raw_input_contents; there must be as many"
        )
    for i, each in enumerate(inputs):
        if raw and each.contents is not None:
            raise InvalidArgumentError(f"Input {each.name!r} has contents beside raw_input_contents")
        request.parts.append(_part(each, raw[i] if raw else _data_of(each)))
    return request


def infer_response(request: InferRequest, version: str, reply: Reply) -> bytes:
    """Return a service's answer as a ModelInferResponse.

    Raises:
        InvalidArgumentError: an output was asked for that the answer has not.
    """
    tensors: Mapping[str, Tensor] = reply.tensors or {"output": _as_bytes(reply.body)}
    names: Sequence[str] = request.outputs or list(tensors)
    chunks = [protobuf.field(1, request.model_name), protobuf.field(2, version)]
    if request.id:
        chunks.append(protobuf.field(3, request.id))
    for name in names:
        if name not in tensors:
            raise InvalidArgumentError(
                f"The answer has no output {name!r}; it has " + ", ".join(map(repr, tensors))
            )
        chunks.append(protobuf.field(5, _output(name, tensors[name])))
    chunks += [protobuf.field(6, tensors[name].data) for name in names]
    return b"".join(chunks)


def _input(message: memoryview) -> _Input:
    found = _Input()
    for number, kind, value in protobuf.fields(message):
        if number == 1:
            found.name = protobuf.text_of(value)
        elif number == 2:
            found.datatype = protobuf.text_of(value)
        elif number == 3 and kind == protobuf.VARINT:
            found.shape.append(protobuf.signed(value))
        elif number == 3:
            found.shape += protobuf.packed_varints(protobuf.bytes_of(value)).astype("i8").tolist()
        elif number == 5:
            found.contents = protobuf.bytes_of(value)
    return found


def _part(given: _Input, data: Body) -> Part:
    """Return an input as a part, once it is known that a worker can make an array of it."""
    name, shape = given.name, given.shape
    if given.datatype != "BYTES" and given.datatype not in _SIZES:
        raise InvalidArgumentError(
            f"Input {name!r} has the datatype {given.datatype!r}; services take BYTES, " + ", ".join(_SIZES)
        )
    if len(shape) > _MOST_DIMENSIONS or any(size < 0 for size in shape):
        raise InvalidArgumentError(f"Input {name!r} has the shape {shape[:40]}, which no tensor can have")
    if prod(size for size in shape if size) > _MOST_ELEMENTS:
        raise InvalidArgumentError(f"Input {name!r} has the shape {shape}, which is too large")
    elements = prod(shape)
    if given.datatype == "BYTES":
        count = _count_of_bytes(data, name)
        if count != elements:
            raise InvalidArgumentError(
                f"Input {name!r} has {count} elements, its shape {shape} has {elements}"
            )
    elif len(data) != elements * _SIZES[given.datatype]:
        raise InvalidArgumentError(
            f"Input {name!r} has {len(data)} bytes; {given.datatype} of shape {shape} has"
            f" {elements * _SIZES[given.datatype]}"
        )
    return Part(name, "", data, given.datatype, shape)


def _count_of_bytes(data: Body, name: str) -> int:
    position, count, end = 0, 0, len(data)
    while position < end:
        size = int.from_bytes(data[position : position + 4], "little")
        position += 4 + size
        count += 1
        if position > end:
            raise InvalidArgumentError(
                f"Input {name!r} ends within an element; of BYTES each follows its length of 4 bytes"
            )
    return count


def _data_of(given: _Input) -> Body:
    """Return the contents of an input in the form that raw_input_contents have."""
    if given.datatype not in _CONTENTS:
        if given.datatype in _SIZES:
            raise InvalidArgumentError(f"Input {given.name!r}: {given.datatype} needs raw_input_contents")
        return b""  # the datatype is refused next
    wanted, cut_to = _CONTENTS[given.datatype]
    chunks: list[Body] = []
    values: list[np.ndarray] = []
    for number, kind, value in protobuf.fields(given.contents or b""):
        if number != wanted:
            raise InvalidArgumentError(
                f"Input {given.name!r}: its contents are not in the field of {given.datatype}"
            )
        if given.datatype == "BYTES":
            data = protobuf.bytes_of(value)
            chunks += (len(data).to_bytes(4, "little"), data)
        elif cut_to:
            values.append(_numbers(kind, value))
        else:
            chunks.append(protobuf.bytes_of(value))
    if not cut_to:
        return b"".join(chunks)
    return _cut(values, cut_to)


def _numbers(kind: int, value: protobuf.Value) -> "np.ndarray":
    import numpy as np

    if kind == protobuf.VARINT:
        return np.array([value], np.uint64)
    return protobuf.packed_varints(protobuf.bytes_of(value))


def _cut(values: "list[np.ndarray]", kind: str) -> bytes:
    import numpy as np

    numbers = np.concatenate(values) if values else np.zeros(0, np.uint64)
    return numbers.astype(kind).tobytes()


def _as_bytes(body: Body) -> Tensor:
    return Tensor("BYTES", (1,), b"".join((len(body).to_bytes(4, "little"), body)))


def _output(name: str, tensor: Tensor) -> bytes:
    shape = b"".join(map(protobuf.varint, tensor.shape))
    return protobuf.field(1, name) + protobuf.field(2, tensor.datatype) + protobuf.field(3, shape)
