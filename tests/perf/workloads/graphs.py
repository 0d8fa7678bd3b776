"""The models of the workloads, as OpenVINO graphs. Inputs are called ``b``, outputs ``a``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import openvino as ov
from openvino import opset15 as ops

_CONV_CHANNELS = (3, 32, 64, 128, 256, 512)


def add_one(shape: Sequence[int]) -> ov.Model:
    """Return f32 ``a`` = ``b`` + 1."""
    b = _input(shape)
    return _model(ops.add(b, ops.constant(np.float32(1.0))), b)


def perceptron() -> ov.Model:
    """Return a fully connected net, [1,64] to [1,10], with one hidden layer of 64."""
    random = np.random.default_rng(1)
    b = _input((1, 64))
    hidden = ops.relu(ops.matmul(b, _weights(random, (64, 64), 64), False, True))
    return _model(ops.matmul(hidden, _weights(random, (10, 64), 64), False, True), b)


def convolutions() -> ov.Model:
    """Return an image classifier's shape of work, about 0.5 GFLOP: [1,3,224,224] to [1,1000]."""
    random = np.random.default_rng(1)
    b = _input((1, 3, 224, 224))
    node: ov.Node = b
    for channels, more in pairwise(_CONV_CHANNELS):
        kernels = _weights(random, (more, channels, 3, 3), 9 * channels)
        node = ops.relu(ops.convolution(node, kernels, [2, 2], [1, 1], [1, 1], [1, 1]))
    pooled = ops.reduce_mean(node, ops.constant(np.array([2, 3], np.int64)), False)
    return _model(ops.matmul(pooled, _weights(random, (1000, 512), 512), False, True), b)


def channel_means() -> ov.Model:
    """Return the mean of each channel of an image: [1,3,224,224] to [1,3]; decoding is all the work."""
    b = _input((1, 3, 224, 224))
    return _model(ops.reduce_mean(b, ops.constant(np.array([2, 3], np.int64)), False), b)


def weights_of(megabytes: int) -> ov.Model:
    """Return fully connected layers with f32 weights of that size (10^6 bytes): [1,1000] to [1,1000]."""
    random = np.random.default_rng(1)
    b = _input((1, 1000))
    node: ov.Node = b
    for _ in range(max(1, megabytes // 4)):
        node = ops.relu(ops.matmul(node, _weights(random, (1000, 1000), 1000), False, True))
    return _model(node, b)


def _weights(random: np.random.Generator, shape: Sequence[int], inputs: int) -> ov.Node:
    values = random.standard_normal(tuple(shape), np.float32) * np.float32((2 / inputs) ** 0.5)
    return ops.constant(values)


def _input(shape: Sequence[int]) -> ov.Node:
    parameter = ops.parameter(list(shape), np.float32, name="b")
    parameter.output(0).tensor.set_names({"b"})
    return parameter


def _model(output: ov.Node, b: ov.Node) -> ov.Model:
    output.output(0).tensor.set_names({"a"})
    return ov.Model([ops.result(output.output(0))], [b], "bench")
