"""The base of handlers that run one network: subclasses write what comes before and after it."""

from __future__ import annotations

import os
import sys
import time
from abc import ABC
from typing import Any, Callable, TypeVar

from ovserve_worker.exceptions import PredictionException
from ovserve_worker.labels import load_label_mapping
from ovserve_worker.networks import (
    TORCH_SUFFIXES,
    OpenVINONetwork,
    find_model,
    load_torch_class,
    load_torchscript,
    require,
)

Method = TypeVar("Method", bound=Callable[..., Any])

_BAD_REQUEST = 400


def timed(func: Method) -> Method:
    """Measure a handler's method where the model YAML has ``handler: {profile: true}``."""

    def timed_method(self: Any, *arguments: Any, **named: Any) -> Any:
        options = (getattr(self.context, "model_yaml_config", None) or {}).get("handler") or {}
        if not options.get("profile"):
            return func(self, *arguments, **named)
        start = time.perf_counter()
        result = func(self, *arguments, **named)
        elapsed_ms = (time.perf_counter() - start) * 1000
        self.context.metrics.add_time(f"ts_handler_{func.__name__}", elapsed_ms)
        return result

    return timed_method  # type: ignore[return-value]


class BaseHandler(ABC):  # noqa: B024 - nothing must be overridden
    """Loads the archive's model with OpenVINO and answers with its output.

    The model YAML may have ``openvino: {device: ..., config: {...}}``.

    Attributes:
        model: what :meth:`inference` calls with a batch.
        mapping: class number to name, from ``index_to_name.json``.
        device: as OpenVINO names it ("CPU", "GPU.1"); with torch, its device.
    """

    def __init__(self) -> None:
        self.model: Any = None
        self.mapping: dict[str, str] | None = None
        self.device: Any = None
        self.initialized = False
        self.context: Any = None
        self.model_pt_path: str | None = None
        self.manifest: Any = None
        self.map_location: str | None = None
        self.explain = False
        self.target = 0
        self.profiler_args: dict[str, Any] = {}
        self.model_yaml_config: Any = {}
        self._counts: list[int] = []

    def initialize(self, context: Any) -> None:
        """Load the model and the names of its classes.

        Raises:
            RuntimeError: the archive has no model.
        """
        properties = context.system_properties
        self.context = context
        self.manifest = context.manifest
        self.model_yaml_config = context.model_yaml_config
        model_dir = properties["model_dir"]
        model_file = ((self.manifest or {}).get("model") or {}).get("modelFile", "")
        self.model_pt_path = find_model(model_dir, self.manifest)
        if model_file or (self.model_pt_path or "").endswith(TORCH_SUFFIXES):
            self.device = require("torch", self.model_pt_path or model_file).device("cpu")
            self.map_location = "cpu"
            if model_file:
                self.model = self._load_pickled_model(model_dir, model_file, self.model_pt_path)
            else:
                self.model = self._load_torchscript_model(self.model_pt_path)
            self.model.eval()
        elif self.model_pt_path is None:
            raise RuntimeError("the archive has no model: name one as serializedFile")
        else:
            options = (self.model_yaml_config or {}).get("openvino") or {}
            self.device = str(options.get("device") or properties["device"])
            self.map_location = self.device.partition(".")[0].lower()
            config = options.get("config") or {}
            self.model = OpenVINONetwork(self.model_pt_path, self.device, properties["threads"], config)
        self.mapping = load_label_mapping(os.path.join(model_dir, "index_to_name.json"))
        self.initialized = True

    @timed
    def preprocess(self, data: list[Any]) -> Any:
        """Return one array for the batch, from JSON lists, arrays, or bytes of the model's type.

        A request may hold one item or, with a dimension more, several of them.
        """
        numpy = require("numpy", self.model_pt_path or "the model")
        shape, type_name = self._input_of_model()
        arrays = []
        for row in data:
            value = body_of(row)
            try:
                if isinstance(value, (bytes, bytearray, memoryview)):
                    array = numpy.frombuffer(value, type_name)
                    if shape:
                        array = array.reshape(-1, *(-1 if size is None else size for size in shape[1:]))
                else:
                    array = numpy.asarray(value, type_name)
            except (ValueError, TypeError) as error:
                raise _not_as_the_model_has_it(str(error)) from None
            if shape is None or array.ndim == len(shape) - 1:
                array = array[None]
            if shape is not None:
                _check_shape(array.shape, shape)
            arrays.append(array)
        self._counts = [len(array) for array in arrays]
        try:
            return arrays[0] if len(arrays) == 1 else numpy.concatenate(arrays)
        except ValueError as error:
            raise _not_as_the_model_has_it(f"the inputs of a batch differ: {error}") from None

    @timed
    def inference(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the network's only output, or output name to array."""
        torch = sys.modules.get("torch")
        if torch is None or isinstance(self.model, OpenVINONetwork):
            return self.model(data, *args, **kwargs)
        with torch.inference_mode():
            return self.model(torch.as_tensor(data, device=self.device), *args, **kwargs)

    @timed
    def postprocess(self, data: Any) -> list[Any]:
        """Return lists of numbers, one answer per request; named outputs become an object of lists."""
        if isinstance(data, dict):
            columns = {name: self.postprocess(value) for name, value in data.items()}
            return [dict(zip(columns, values)) for values in zip(*columns.values())]
        values = data.tolist()
        if not self._counts or all(count == 1 for count in self._counts):
            return values  # type: ignore[no-any-return]
        rows = iter(values)
        return [[next(rows) for _ in range(count)] for count in self._counts]

    def handle(self, data: list[Any], context: Any) -> list[Any]:
        """Answer a batch by preprocess, inference and postprocess."""
        start = time.perf_counter()
        self.context = context
        self._counts = []
        if self._is_describe():
            output = [self.describe_handle()]
        else:
            prepared = self.preprocess(data)
            if self._is_explain():
                output = self.explain_handle(prepared, data)
            else:
                output = self.postprocess(self.inference(prepared))
        context.metrics.add_time("HandlerTime", round((time.perf_counter() - start) * 1000, 2), None, "ms")
        return output

    def explain_handle(self, data_preprocess: Any, raw_data: list[Any]) -> Any:
        """Return what :meth:`get_insights` says of the batch."""
        row = raw_data[0]
        target = (row.get("target") if isinstance(row, dict) else None) or 0
        return self.get_insights(data_preprocess, body_of(row), target)

    def get_insights(self, tensor_data: Any, raw_data: Any, target: Any = 0) -> Any:
        """Explain a batch; to be written by subclasses that can."""
        raise PredictionException("this model explains nothing", 501)

    def describe_handle(self) -> Any:
        """Return what a customized description says; to be written by subclasses."""
        return None

    def get_device(self) -> Any:
        """Return the device."""
        return self.device

    def _load_torchscript_model(self, model_pt_path: Any) -> Any:
        return load_torchscript(model_pt_path, self.device)

    def _load_pickled_model(self, model_dir: str, model_file: str, model_pt_path: str | None) -> Any:
        return load_torch_class(model_pt_path, model_file, model_dir, self.device)

    def _input_of_model(self) -> tuple[tuple[int | None, ...] | None, str]:
        """Return shape and numpy type of the first input, as far as they are known."""
        if isinstance(self.model, OpenVINONetwork):
            return self.model.inputs[0]
        return None, "float32"

    def _is_explain(self) -> bool:
        self.explain = self.context is not None and self.context.get_request_header(0, "explain") == "True"
        return self.explain

    def _is_describe(self) -> bool:
        return self.context is not None and self.context.get_request_header(0, "describe") == "True"


def _check_shape(given: tuple[int, ...], wanted: tuple[int | None, ...]) -> None:
    """Compare all dimensions but that of the batch."""
    if len(given) != len(wanted) or any(b not in (None, a) for a, b in zip(given[1:], wanted[1:])):
        words = ", ".join("any" if size is None else str(size) for size in wanted[1:])
        raise _not_as_the_model_has_it(f"its shape is {list(given[1:])}, the model takes [{words}]")


def _not_as_the_model_has_it(why: str) -> PredictionException:
    return PredictionException(f"the input is not as the model has it: {why}", _BAD_REQUEST)


def body_of(row: Any) -> Any:
    """Return what a request holds: its ``data``, its ``body``, or the only part that it has."""
    if not isinstance(row, dict):
        return row
    for name in ("data", "body"):
        if row.get(name) is not None:
            return row[name]
    return next(iter(row.values())) if len(row) == 1 else None
