"""The network of a base handler: OpenVINO's, or torch's where the user installed it."""

from __future__ import annotations

import glob
import importlib
import inspect
import os
from collections.abc import Mapping
from typing import Any

from ovserve_worker.exceptions import NotOfferedError

OPENVINO_SUFFIXES = (".xml", ".onnx", ".tflite", ".pdmodel", ".pb")
TORCH_SUFFIXES = (".pt", ".pth", ".bin")


class OpenVINONetwork:
    """A model read and compiled by OpenVINO; called with a batch it gives the only output, or all by name.

    Attributes:
        inputs: per input its shape (``None``: any size) and its numpy type.

    Args:
        path: IR, ONNX, TensorFlow Lite, Paddle or TensorFlow.
        device: as OpenVINO names it.
        threads: for computing on the CPU.
        config: further properties, which win.

    Raises:
        NotOfferedError: the workers' interpreter lacks openvino or numpy.
        RuntimeError: OpenVINO cannot read or compile it.
    """

    def __init__(self, path: str, device: str, threads: int, config: Mapping[str, Any]) -> None:
        openvino = require("openvino", path)
        self._numpy = require("numpy", path)
        properties: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
        if device == "CPU":
            properties["INFERENCE_NUM_THREADS"] = threads
        self.compiled = openvino.compile_model(path, device, {**properties, **config})
        self.inputs = [
            (
                tuple(None if size.is_dynamic else size.get_length() for size in each.partial_shape),
                self._numpy.dtype(each.element_type.to_dtype()).name,
            )
            for each in self.compiled.inputs
        ]

    def __call__(self, data: Any, *arguments: Any, **named: Any) -> Any:
        """Run a batch; a model made for one item runs once per item."""
        fixed = self.inputs[0][0][0] if self.inputs[0][0] else None
        if isinstance(data, dict) or fixed is None or len(self.inputs) > 1 or len(data) == fixed:
            return self._run(data)
        if len(data) % fixed:
            raise ValueError(f"the model takes {fixed} items at once, {len(data)} came")
        parts = [self._run(data[start : start + fixed]) for start in range(0, len(data), fixed)]
        if isinstance(parts[0], dict):
            return {name: self._numpy.concatenate([part[name] for part in parts]) for name in parts[0]}
        return self._numpy.concatenate(parts)

    def _run(self, data: Any) -> Any:
        outputs = self.compiled(data if isinstance(data, (dict, list)) else [data])
        if len(outputs) == 1:
            return outputs[0]
        return {
            next(iter(sorted(port.get_names())), str(number)): value
            for number, (port, value) in enumerate(outputs.items())
        }


def load_torchscript(path: str, device: Any) -> Any:
    """Return what a TorchScript file holds.

    Raises:
        NotOfferedError: the workers' interpreter lacks torch.
    """
    return require("torch", path).jit.load(path, map_location=device)


def load_torch_class(path: str | None, model_file: str, model_dir: str, device: Any) -> Any:
    """Return an instance of the one class in a Python file of the archive, with the weights of another.

    Raises:
        NotOfferedError: the workers' interpreter lacks torch.
        ValueError: the file defines not exactly one class.
    """
    if not os.path.isfile(os.path.join(model_dir, model_file)):
        raise FileNotFoundError(f"the archive lacks {model_file}, which its manifest names")
    torch = require("torch", path or model_file)
    module = importlib.import_module(os.path.splitext(os.path.basename(model_file))[0])
    classes = list_classes_from_module(module)
    if len(classes) != 1:
        raise ValueError(f"{model_file} must define exactly one class, not {classes}")
    network = classes[0]()
    if path:  # weights alone: what else a pickle does stays undone
        network.load_state_dict(torch.load(path, map_location=device, weights_only=True))
    return network


def list_classes_from_module(module: Any, parent_class: type | None = None) -> list[type]:
    """Return the classes that a module defines itself, those of a base class if one is given."""
    classes = [each for _, each in inspect.getmembers(module, inspect.isclass)]
    return [
        each
        for each in classes
        if each.__module__ == module.__name__ and (parent_class is None or issubclass(each, parent_class))
    ]


def find_model(model_dir: str, manifest: Mapping[str, Any] | None) -> str | None:
    """Return the model that the manifest names, else the only one in the archive.

    Raises:
        FileNotFoundError: the one that is named is not there.
        ValueError: there are several, and none is named.
    """
    named = ((manifest or {}).get("model") or {}).get("serializedFile")
    if named:
        path = os.path.join(model_dir, named)
        if not os.path.exists(path):
            raise FileNotFoundError(f"the archive lacks {named}, which its manifest names")
        return path
    found = [
        path
        for suffix in OPENVINO_SUFFIXES
        for path in sorted(glob.glob(os.path.join(model_dir, f"*{suffix}")))
    ]
    if len(found) > 1:
        names = ", ".join(map(os.path.basename, found))
        raise ValueError(f"the archive has several models ({names}): name one as serializedFile")
    return found[0] if found else None


def require(package: str, path: str) -> Any:
    """Import a package that a model needs, or say which one is missing."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise NotOfferedError(
            f"{os.path.basename(path)} needs the package {package!r}, which the workers' Python lacks: "
            f"install it there, or name another interpreter"
        ) from None
