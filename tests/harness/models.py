"""Tiny models, written as IR in version directories."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset15 as ops

from harness.protobuf_bytes import message, text, varint


def add_constant(amount: float = 1.0, shape: Sequence[int] = (1, 10)) -> ov.Model:
    """Return the model of the observed facts: f32 input ``b``, output ``a`` = b + amount."""
    b = _input(shape, ov.Type.f32, "b")
    return _model([(ops.add(b, ops.constant(np.float32(amount))), "a")], [b])


def identity(element_type: ov.Type, shape: Sequence[int] = (2, 3)) -> ov.Model:
    """Return a model that gives its input ``x`` back as ``y``, in any type."""
    x = _input(shape, element_type, "x")
    return _model([(ops.reshape(x, ops.constant(np.array(shape, np.int64)), False), "y")], [x])


def pass_through(element_type: ov.Type, shape: Sequence[int], name: str = "x") -> ov.Model:
    """Return a model whose only tensor, ``name``, is input and output and keeps every bit; -1: any size.

    There is no node between input and result. With one, even if it only reshapes, the CPU device converts
    f64, i64, u64 and f16 to what it computes in and back, which loses bits.
    """
    same = _input(shape, element_type, name)
    return ov.Model([ops.result(same.output(0))], [same], "tiny")


def any_identity(element_type: ov.Type, shape: Sequence[int], layout: str = "") -> ov.Model:
    """Return a model that gives its input ``x`` back as ``y``; -1 in the shape is any size.

    ``layout`` is what the model file says of ``x``.
    """
    x = _input(shape, element_type, "x")
    if layout:
        x.set_layout(ov.Layout(layout))
    as_it_is = ops.constant(np.zeros(len(shape), np.int64))
    return _model([(ops.reshape(x, as_it_is, True), "y")], [x])


def string_identity(count: int = 3) -> ov.Model:
    """Return a model that gives the strings of its input ``x`` back as ``y``."""
    x = _input((count,), ov.Type.string, "x")
    begins_ends_chars = ops.string_tensor_unpack(x)
    packed = ops.string_tensor_pack(*(begins_ends_chars.output(i) for i in range(3)))
    return _model([(packed, "y")], [x])


def two_inputs() -> ov.Model:
    """Return f32 inputs ``x`` and ``y`` [1,4], outputs ``sum`` and ``difference``."""
    x, y = _input((1, 4), ov.Type.f32, "x"), _input((1, 4), ov.Type.f32, "y")
    return _model([(ops.add(x, y), "sum"), (ops.subtract(x, y), "difference")], [x, y])


def lookup() -> ov.Model:
    """Return a model that looks i32 ``i`` [2] up in a table [4, 256] of f32, whose rows are 0, 1, 2, 3.

    The table lies at the beginning of the weights; the CPU device reads it there.
    """
    i = _input((2,), ov.Type.i32, "i")
    table = np.repeat(np.arange(4, dtype=np.float32), 256).reshape(4, 256)
    return _model([(ops.gather(ops.constant(table), i, ops.constant(np.int64(0))), "rows")], [i])


def heavy(megabytes: int) -> ov.Model:
    """Return a model with f32 weights of that size: ``x`` [1,1000] to ``y``."""
    x = _input((1, 1000), ov.Type.f32, "x")
    weights = np.random.default_rng(1).random((1000, megabytes * 250), np.float32)
    return _model([(ops.matmul(x, ops.constant(weights), False, False), "y")], [x])


def rows(count: float) -> ov.Model:
    """Return a model that repeats its f32 input ``x`` [1,10] so often as ``y``, by what its only weight says.

    A negative count, which no compiler sees, makes inferences fail.
    """
    x = _input((1, 10), ov.Type.f32, "x")
    zero = ops.reduce_sum(ops.multiply(x, ops.constant(np.float32(0))), ops.constant(np.array([0, 1])), False)
    number = ops.convert(ops.add(zero, ops.constant(np.float32(count))), "i64")
    wanted = ops.concat(
        [ops.reshape(number, ops.constant(np.array([1])), False), ops.constant(np.array([10]))], 0
    )
    return _model([(ops.broadcast(x, wanted), "y")], [x])


def slow(steps: int = 200_000) -> ov.Model:
    """Return a model with a loop, so that one inference takes long: f32 ``b`` [1,10] to ``a``."""
    b = _input((1, 10), ov.Type.f32, "b")
    carried = ops.parameter([1, 10], ov.Type.f32)
    body_value = ops.multiply(ops.sin(carried), ops.constant(np.float32(1.0001)))
    keep_going = ops.constant(np.array(True))
    body = ov.Model([keep_going, body_value], [carried], "body")
    loop = ops.loop(ops.constant(np.int64(steps)), ops.constant(np.array(True)))
    loop.set_function(body)
    loop.set_special_body_ports([-1, 0])
    loop.set_merged_input(carried, b.output(0), body_value.output(0))
    result = loop.get_iter_value(body_value.output(0), -1)
    return _model([(result, "a")], [b])


DTYPES = (
    *("float16", "float32", "float64", "bool"),
    *("int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64"),
)
"""numpy's names of all number types that both protocols have."""


def values_of(dtype: str) -> "np.ndarray[Any, Any]":
    """Return values [2,3] of a type, its extremes among them."""
    if dtype == "bool":
        return np.array([[True, False, True], [False, False, True]])
    # The CPU device computes in 32 bits: the extremes of 64-bit types do not survive it.
    computed = {"float64": "float32", "int64": "int32", "uint64": "int32", "uint32": "int32"}.get(
        dtype, dtype
    )
    top = np.finfo(computed).max if computed.startswith("float") else np.iinfo(computed).max
    low = 0 if dtype.startswith("u") else -top
    return np.array([[0, 1, 2], [3, top, low]], dtype)


def write(model: ov.Model, base_path: Path, version: int = 1) -> Path:
    """Write ``base_path/version/model.xml`` and ``model.bin``; returns base_path."""
    folder = base_path / str(version)
    folder.mkdir(parents=True, exist_ok=True)
    ov.save_model(model, folder / "model.xml", compress_to_fp16=False)
    return base_path


def _input(shape: Sequence[int], element_type: ov.Type, name: str) -> ov.Node:
    parameter = ops.parameter(list(shape), element_type, name)
    parameter.output(0).tensor.set_names({name})
    return parameter


def _model(outputs: Sequence[tuple[ov.Node, str]], inputs: Sequence[ov.Node]) -> ov.Model:
    results = []
    for node, name in outputs:
        value = node if isinstance(node, ov.Output) else node.output(0)
        value.tensor.set_names({name})
        results.append(ops.result(value))
    return ov.Model(results, list(inputs), "tiny")


def onnx_add_constant(amount: float) -> bytes:
    """Return an ONNX model: f32 ``b`` [1,10] to ``a`` = b + amount, with the weights inline.

    Written field by field, since nothing else needs the onnx package. Source of the numbers: onnx.proto.
    """
    dims = b"".join(message(1, varint(1, size)) for size in (1, 10))
    value_type = message(1, varint(1, 1), message(2, dims))
    node = text(1, "b") + text(1, "c") + text(2, "a") + text(4, "Add")
    constant = varint(1, 1) + varint(2, 1) + text(8, "c") + message(9, np.float32(amount).tobytes())
    graph = (
        message(1, node)
        + text(2, "add")
        + message(5, constant)
        + message(11, text(1, "b"), message(2, value_type))
        + message(12, text(1, "a"), message(2, value_type))
    )
    return varint(1, 8) + message(7, graph) + message(8, varint(2, 13))
