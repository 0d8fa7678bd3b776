"""A loader's buffers in OpenVINO: compiled, and run once with random input.

Importing this imports OpenVINO and numpy, with the threads that they start.
"""

import contextlib
import io
from typing import Any

import numpy as np
import openvino as ov

from ovserve.loaders.library import LoadedModel

_DEVICE = "CPU"
_LARGEST_INTEGER = 4  # inputs may be indices


class UnusableModelError(Exception):
    """OpenVINO refuses the model; the message is the last line of what it says."""


class OpenVinoModel:
    """At most one compiled model at a time."""

    def __init__(self) -> None:
        self._core = ov.Core()
        self._compiled: Any = None
        self._core.get_property(
            _DEVICE, "FULL_DEVICE_NAME"
        )  # loads the plug-in, before anybody counts threads

    @property
    def compiled(self) -> bool:
        """Whether there is a model that can be run."""
        return self._compiled is not None

    def compile(self, loaded: LoadedModel) -> str:
        """Compile what a loader handed over; returns inputs and outputs for people.

        Raises:
            UnusableModelError: OpenVINO cannot read or compile it.
        """
        try:
            if loaded.kind == "BLOB":
                self._compiled = self._core.import_model(io.BytesIO(loaded.model), _DEVICE)
            else:
                weights = (
                    ov.Tensor(np.frombuffer(loaded.weights, np.uint8)) if loaded.weights else ov.Tensor()
                )
                model = self._core.read_model(model=bytes(loaded.model), weights=weights)
                self._compiled = self._core.compile_model(model, _DEVICE)
        except Exception as error:  # whatever OpenVINO raises
            raise UnusableModelError(_last_line(error)) from None
        inputs = ", ".join(_shown(port) for port in self._compiled.inputs)
        return f"{inputs} -> {', '.join(_shown(port) for port in self._compiled.outputs)}"

    def infer(self) -> str:
        """Run the model once with random input, 1 for every open dimension; returns what came out.

        Raises:
            UnusableModelError: it fails.
        """
        random = np.random.default_rng(1)
        try:
            request = self._compiled.create_infer_request()
            request.infer([_random_tensor(port, random) for port in self._compiled.inputs])
            return ", ".join(
                f"{port.get_element_type().to_string()}{list(request.get_tensor(port).shape)}"
                for port in self._compiled.outputs
            )
        except Exception as error:
            raise UnusableModelError(_last_line(error)) from None

    def free(self) -> None:
        """Let go of the model, and with it of the loader's buffers."""
        self._compiled = None


def _random_tensor(port: Any, random: np.random.Generator) -> Any:
    shape = [
        size.get_length() if size.is_static else max(1, size.get_min_length()) for size in port.partial_shape
    ]
    kind = port.get_element_type()
    if kind == ov.Type.string:
        return np.full(shape, "text")
    tensor = ov.Tensor(kind, shape)
    if kind.bitwidth >= 8:  # of smaller ones several share a byte: they stay as they are
        real = kind.is_real()
        values = random.random(shape) if real else random.integers(0, _LARGEST_INTEGER, shape)
        # Types that numpy does not have, 8-bit floats for instance, stay as they are, too.
        with contextlib.suppress(TypeError, ValueError):
            tensor.data[...] = values
    return tensor


def _shown(port: Any) -> str:
    name = min(port.get_names()) if port.get_names() else "?"
    return f"{name} {port.get_element_type().to_string()}{port.partial_shape}"


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
