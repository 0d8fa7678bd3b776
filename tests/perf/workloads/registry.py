"""The workloads by name."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import openvino as ov

from perf.workloads import graphs

Tensors = Mapping[str, "np.ndarray[Any, Any]"]

GRPC = ("kserve_grpc", "tfs_grpc")
ALL_PROTOCOLS = (*GRPC, "kserve_rest_binary", "kserve_rest_json", "tfs_rest")


SERVICE_PROTOCOLS = ("torchserve_rest", "kserve_rest_json", "kserve_grpc")


@dataclass(frozen=True, slots=True)
class Service:
    """A handler of ``tests/perf/handlers``, served by one worker in batches of up to ``batch_size``."""

    handler: str
    batch_size: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Workload:
    """A model and one request to it.

    ``inputs`` returns what clients send, where that differs from what the model takes: encoded images.
    ``keys`` belong into the model's configuration entry. ``tolerance`` of the outputs is a share of their
    largest value. ``service``: it is not a model but a handler, served by a custom service.
    """

    name: str
    what: str
    protocols: tuple[str, ...] = ALL_PROTOCOLS
    graph: Callable[[], ov.Model] | None = None
    sent: Callable[[], Tensors] | None = None
    shown: Callable[[], Tensors] | None = None
    keys: Mapping[str, Any] = field(default_factory=dict)
    tolerance: float = 1e-5
    service: Service | None = None

    @property
    def has_model(self) -> bool:
        """Whether servers serve the graph itself; behind a handler it is the limit only."""
        return self.graph is not None and self.service is None

    def model_inputs(self) -> Tensors:
        """Return what the model itself gets: the same numbers in every run."""
        if self.shown is not None:
            return self.shown()
        assert self.graph is not None
        random = np.random.default_rng(2)
        return {
            port.any_name: random.standard_normal(tuple(port.shape), np.float32)
            for port in self.graph().inputs
        }

    def request_inputs(self) -> Tensors:
        """Return what clients send."""
        return self.model_inputs() if self.sent is None else self.sent()

    def expected(self) -> Tensors:
        """Return the outputs: computed by OpenVINO's Python API in f32, or the inputs of a no-op."""
        return _outputs_of(self) if self.graph is not None else {"a": self.request_inputs()["b"]}


@functools.cache
def _outputs_of(workload: Workload) -> Tensors:
    assert workload.graph is not None
    compiled = ov.Core().compile_model(workload.graph(), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    outputs = compiled(dict(workload.model_inputs()))
    return {port.any_name: np.array(outputs[port]) for port in compiled.outputs}


def _picture() -> np.ndarray[Any, Any]:
    """Return a smooth RGB picture [224,224,3] whose channels differ."""
    y, x = np.mgrid[0:224, 0:224].astype(np.float32) / 224
    channels = (200 * x + 20, 120 * y + 40, 60 * np.sin(6 * x * y) + 90)
    return np.stack(channels, axis=-1).astype(np.uint8)


def _jpeg() -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(_picture()).save(file, "JPEG", quality=90)
    return file.getvalue()


def _image_sent() -> Tensors:
    return {"b": np.array([_jpeg()], dtype=object)}


def _image_shown() -> Tensors:
    """Return what a server decodes: the colours in the order blue, green, red, as OVMS has it."""
    from PIL import Image

    pixels = np.asarray(Image.open(io.BytesIO(_jpeg())).convert("RGB"), np.float32)
    return {"b": np.ascontiguousarray(pixels[:, :, ::-1].transpose(2, 0, 1)[None])}


def _ten_numbers() -> Tensors:
    return {"b": np.random.default_rng(2).standard_normal((1, 10), np.float32)}


def _service(name: str, what: str, service: Service, **keys: Any) -> Workload:
    return Workload(name, what, SERVICE_PROTOCOLS, service=service, tolerance=0.02, **keys)


WORKLOADS: Mapping[str, Workload] = {
    workload.name: workload
    for workload in (
        Workload("tiny", "f32[1,10] + 1", graph=lambda: graphs.add_one((1, 10))),
        Workload("mlp", "fully connected 64-64-10", graph=graphs.perceptron),
        Workload("conv", "0.5 GFLOP on f32[1,3,224,224]", graph=graphs.convolutions, tolerance=0.05),
        Workload(
            "large",
            "12 MiB in, 12 MiB out",
            (*GRPC, "kserve_rest_binary"),
            graph=lambda: graphs.add_one((3, 1024, 1024)),
        ),
        Workload(
            "image",
            "a JPEG of 224 x 224 in",
            (*GRPC, "kserve_rest_binary", "tfs_rest"),
            graph=graphs.channel_means,
            sent=_image_sent,
            shown=_image_shown,
            keys={"layout": "NHWC:NCHW"},
            tolerance=0.02,
        ),
        Workload(
            "json",
            "2.5 MB of numbers in and out",
            ("kserve_rest_json", "tfs_rest"),
            graph=lambda: graphs.add_one((1, 215_000)),
        ),
        _service(
            "noop_service", "a Python handler that returns its input", Service("noop"), shown=_ten_numbers
        ),
        _service("noop_service_8", "the same in batches of up to 8", Service("noop", 8), shown=_ten_numbers),
        _service("mlp_service", "the mlp in a Python handler", Service("mlp"), graph=graphs.perceptron),
        _service(
            "mlp_service_8", "the same in batches of up to 8", Service("mlp", 8), graph=graphs.perceptron
        ),
    )
}
