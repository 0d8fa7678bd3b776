"""The same question in every protocol: what a request with these tensors is told."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import requests

from harness.grpc_client import KSERVE, PREDICTION, TF_TYPES, GrpcClient

_KSERVE_TYPES = {"float32": "FP32", "float64": "FP64", "int32": "INT32", "int64": "INT64"}


@dataclass(frozen=True)
class Tensor:
    """An input of ones. ``count``: how many values are sent, where that is not what the shape says."""

    name: str = "b"
    shape: tuple[int, ...] = (1, 10)
    dtype: str = "float32"
    count: int | None = None

    @property
    def values(self) -> "np.ndarray[Any, Any]":
        count = int(np.prod(self.shape)) if self.count is None else self.count
        return np.ones(count, self.dtype)


Told = tuple[str | int, str]
Ask = Callable[..., Told]


class Askers:
    """Asks a server for an inference in each protocol, and returns status and text of the refusal."""

    def __init__(self, url: str, client: GrpcClient) -> None:
        self._url = url
        self._client = client

    def tfs_grpc(self, model: str, version: str, tensors: tuple[Tensor, ...]) -> Told:
        request = self._client.protos["tensorflow.serving.PredictRequest"]()
        request.model_spec.name = model
        if version:
            request.model_spec.version.value = int(version)
        for tensor in tensors:
            proto = request.inputs[tensor.name]
            proto.dtype = TF_TYPES[tensor.dtype]
            proto.tensor_content = tensor.values.tobytes()
            for size in tensor.shape:
                proto.tensor_shape.dim.add(size=size)
        return self._client.refusal(PREDICTION, "Predict", request, "tensorflow.serving.PredictResponse")

    def kserve_grpc(self, model: str, version: str, tensors: tuple[Tensor, ...]) -> Told:
        request = self._client.protos["inference.ModelInferRequest"](model_name=model, model_version=version)
        for tensor in tensors:
            datatype = _KSERVE_TYPES[tensor.dtype]
            request.inputs.add(name=tensor.name, datatype=datatype, shape=tensor.shape)
            request.raw_input_contents.append(tensor.values.tobytes())
        return self._client.refusal(KSERVE, "ModelInfer", request, "inference.ModelInferResponse")

    def tfs_rest(self, model: str, version: str, tensors: tuple[Tensor, ...]) -> Told:
        inputs = {tensor.name: tensor.values.reshape(tensor.shape).tolist() for tensor in tensors}
        in_path = f"/versions/{version}" if version else ""
        return self.post(f"/v1/models/{model}{in_path}:predict", {"inputs": inputs})

    def kserve_rest(self, model: str, version: str, tensors: tuple[Tensor, ...]) -> Told:
        inputs = [
            {
                "name": tensor.name,
                "shape": tensor.shape,
                "datatype": _KSERVE_TYPES[tensor.dtype],
                "data": tensor.values.tolist(),
            }
            for tensor in tensors
        ]
        in_path = f"/versions/{version}" if version else ""
        return self.post(f"/v2/models/{model}{in_path}/infer", {"inputs": inputs})

    def post(self, path: str, body: Any, method: str = "POST", **headers: str) -> Told:
        """Send a body to the REST API: bytes as they are, anything else as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = requests.request(method, self._url + path, data=content, headers=headers, timeout=60)
        text: str = answer.json()["error"]
        return answer.status_code, text
