"""The model of ``models.add_constant`` in the formats of other frameworks, written field by field.

Each function returns the files of a version directory: name to content. Input ``b`` [1,10], output ``a``.
"""

import struct
import tempfile
from pathlib import Path

import flatbuffers
import numpy as np

from harness import models
from harness.protobuf_bytes import entry, message, text, varint

Files = dict[str, bytes]

_SHAPE = (1, 10)


def intermediate_representation(amount: float) -> Files:
    """Return OpenVINO's own format."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = models.write(models.add_constant(amount), Path(scratch)) / "1"
        return {file.name: file.read_bytes() for file in folder.iterdir()}


def onnx(amount: float) -> Files:
    """Return an ONNX model."""
    return {"model.onnx": models.onnx_add_constant(amount)}


def tensorflow_frozen_graph(amount: float) -> Files:
    """Return a frozen graph. Source of the numbers: graph.proto, node_def.proto, attr_value.proto."""
    return {"frozen.pb": _graph_def(amount)}


def tensorflow_saved_model(amount: float) -> Files:
    """Return a saved model without variables. Source of the numbers: saved_model.proto, meta_graph.proto."""
    float_type = varint(2, 1)
    signature = (
        entry(1, "b", text(1, "b:0") + float_type + message(3, _tensorflow_shape()))
        + entry(2, "a", text(1, "a:0") + float_type + message(3, _tensorflow_shape()))
        + text(3, "tensorflow/serving/predict")
    )
    meta_graph = (
        message(1, text(4, "serve"), text(5, "2.15.0"))
        + message(2, _graph_def(amount))
        + entry(5, "serving_default", signature)
    )
    return {"saved_model.pb": varint(1, 1) + message(2, meta_graph)}


def tensorflow_lite(amount: float) -> Files:
    """Return a TensorFlow Lite model. Source of the numbers: schema.fbs, version 3."""
    builder = flatbuffers.Builder(1024)
    data = builder.CreateNumpyVector(np.frombuffer(np.float32(amount).tobytes(), np.uint8))
    buffers = _tables(builder, [_table(builder, 1), _table(builder, 1, {0: data})])
    tensors = _tables(
        builder,
        [
            _tensor(builder, "b", _SHAPE, buffer=0),
            _tensor(builder, "c", (1,), buffer=1),
            _tensor(builder, "a", _SHAPE, buffer=0),
        ],
    )
    inputs, outputs = (builder.CreateNumpyVector(np.array(at, np.int32)) for at in ([0, 1], [2]))
    options = _table(builder, 1)
    builder.StartObject(5)
    builder.PrependUOffsetTRelativeSlot(1, inputs, 0)
    builder.PrependUOffsetTRelativeSlot(2, outputs, 0)
    builder.PrependUint8Slot(3, 11, 0)  # AddOptions
    builder.PrependUOffsetTRelativeSlot(4, options, 0)
    operators = _tables(builder, [builder.EndObject()])
    inputs, outputs = (builder.CreateNumpyVector(np.array(at, np.int32)) for at in ([0], [2]))
    graphs = _tables(builder, [_table(builder, 5, {0: tensors, 1: inputs, 2: outputs, 3: operators})])
    codes = _tables(builder, [_table(builder, 4)])  # ADD is 0, the default
    builder.StartObject(5)
    builder.PrependUint32Slot(0, 3, 0)
    for slot, offset in ((1, codes), (2, graphs), (4, buffers)):
        builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
    builder.Finish(builder.EndObject(), b"TFL3")
    return {"model.tflite": bytes(builder.Output())}


def paddle(amount: float) -> Files:
    """Return a PaddlePaddle model and its weights. Source of the numbers: framework.proto."""
    weights = np.full(_SHAPE[1:], amount, np.float32)

    def variable(name: str, shape: tuple[int, ...], *, persistable: bool = False) -> bytes:
        tensor = message(1, varint(1, 5), *(varint(2, size) for size in shape))
        return message(3, text(1, name), message(2, varint(1, 7), message(3, tensor)), varint(3, persistable))

    def operator(
        kind: str, inputs: dict[str, str], outputs: dict[str, str], attribute: tuple[str, int]
    ) -> bytes:
        return message(
            4,
            *(message(1, text(1, name), text(2, value)) for name, value in inputs.items()),
            *(message(2, text(1, name), text(2, value)) for name, value in outputs.items()),
            text(3, kind),
            message(4, text(1, attribute[0]), varint(2, 0), varint(3, attribute[1])),
        )

    block = (
        varint(1, 0)
        + varint(2, -1)
        + message(3, text(1, "feed"), message(2, varint(1, 9)), varint(3, 1))
        + message(3, text(1, "fetch"), message(2, varint(1, 10)), varint(3, 1))
        + variable("b", _SHAPE)
        + variable("c", weights.shape, persistable=True)
        + variable("a", _SHAPE)
        + operator("feed", {"X": "feed"}, {"Out": "b"}, ("col", 0))
        + operator("elementwise_add", {"X": "b", "Y": "c"}, {"Out": "a"}, ("axis", -1))
        + operator("fetch", {"X": "a"}, {"Out": "fetch"}, ("col", 0))
    )
    description = varint(1, 5) + b"".join(varint(2, size) for size in weights.shape)
    stored = struct.pack("<IQIi", 0, 0, 0, len(description)) + description + weights.tobytes()
    return {"inference.pdmodel": message(1, block) + message(4, varint(1, 0)), "inference.pdiparams": stored}


FORMATS = (
    intermediate_representation,
    onnx,
    tensorflow_frozen_graph,
    tensorflow_saved_model,
    tensorflow_lite,
    paddle,
)


def write(files: Files, folder: Path) -> Path:
    """Write the files into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def _tensorflow_shape() -> bytes:
    return b"".join(message(2, varint(1, size)) for size in _SHAPE)


def _graph_def(amount: float) -> bytes:
    float_type = varint(6, 1)
    scalar = varint(1, 1) + message(2) + message(4, np.float32(amount).tobytes())
    nodes = (
        text(1, "b")
        + text(2, "Placeholder")
        + entry(5, "dtype", float_type)
        + entry(5, "shape", message(7, _tensorflow_shape())),
        text(1, "c")
        + text(2, "Const")
        + entry(5, "dtype", float_type)
        + entry(5, "value", message(8, scalar)),
        text(1, "a") + text(2, "AddV2") + text(3, "b") + text(3, "c") + entry(5, "T", float_type),
    )
    return b"".join(message(1, node) for node in nodes)


def _table(builder: flatbuffers.Builder, slots: int, offsets: dict[int, int] | None = None) -> int:
    builder.StartObject(slots)
    for slot, offset in (offsets or {}).items():
        builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
    end: int = builder.EndObject()
    return end


def _tables(builder: flatbuffers.Builder, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    end: int = builder.EndVector()
    return end


def _tensor(builder: flatbuffers.Builder, name: str, shape: tuple[int, ...], *, buffer: int) -> int:
    dimensions = builder.CreateNumpyVector(np.array(shape, np.int32))
    text_offset = builder.CreateString(name)
    builder.StartObject(4)
    builder.PrependUOffsetTRelativeSlot(0, dimensions, 0)
    builder.PrependUint32Slot(2, buffer, 0)
    builder.PrependUOffsetTRelativeSlot(3, text_offset, 0)
    end: int = builder.EndObject()
    return end
