"""The protocols: where a request goes, its bytes, and the tensors in the bytes that come back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.protos import Protos
from perf.workloads.registry import Tensors

_LENGTH_HEADER = "Inference-Header-Content-Length"


@dataclass(frozen=True, slots=True)
class Request:
    """The bytes of a request, ready to be sent. ``headers`` are those that HTTP needs beside the usual."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """The bytes of an answer. Names of headers are lower case."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Protocol:
    """One API. ``transport`` is ``grpc`` or ``http1``; ``path`` may hold ``{model}``."""

    name: str
    transport: str
    path: str
    encode: Callable[[Protos, str, Tensors], Request]
    decode: Callable[[Protos, Reply], dict[str, np.ndarray[Any, Any]]]


def _tfs_grpc_request(protos: Protos, model: str, inputs: Tensors) -> Request:
    request = protos["tensorflow.serving.PredictRequest"]()
    request.model_spec.name = model
    for name, array in inputs.items():
        tensor = request.inputs[name]
        for size in array.shape:
            tensor.tensor_shape.dim.add(size=size)
        if array.dtype == object:
            tensor.dtype = 7  # DT_STRING
            tensor.string_val.extend(array.ravel().tolist())
        else:
            tensor.dtype = 1  # DT_FLOAT
            tensor.tensor_content = array.tobytes()
    return Request(request.SerializeToString(), {})


def _tfs_grpc_reply(protos: Protos, reply: Reply) -> dict[str, np.ndarray[Any, Any]]:
    message = protos["tensorflow.serving.PredictResponse"].FromString(reply.body)
    return {
        name: np.frombuffer(tensor.tensor_content, np.float32).reshape(
            [dim.size for dim in tensor.tensor_shape.dim]
        )
        for name, tensor in message.outputs.items()
    }


def _kserve_grpc_request(protos: Protos, model: str, inputs: Tensors) -> Request:
    request = protos["inference.ModelInferRequest"](model_name=model)
    for name, array in inputs.items():
        request.inputs.add(name=name, datatype=_datatype(array), shape=array.shape)
        request.raw_input_contents.append(_raw(array))
    return Request(request.SerializeToString(), {})


def _kserve_grpc_reply(protos: Protos, reply: Reply) -> dict[str, np.ndarray[Any, Any]]:
    message = protos["inference.ModelInferResponse"].FromString(reply.body)
    contents = list(message.raw_output_contents) or [
        np.array(output.contents.fp32_contents, np.float32).tobytes() for output in message.outputs
    ]
    return {
        output.name: np.frombuffer(raw, np.float32).reshape(output.shape)
        for output, raw in zip(message.outputs, contents, strict=True)
    }


def _kserve_json_request(protos: Protos, model: str, inputs: Tensors) -> Request:
    described = [
        {
            "name": name,
            "shape": list(array.shape),
            "datatype": _datatype(array),
            "data": _shortest(array.ravel()),
        }
        for name, array in inputs.items()
    ]
    return Request(_json({"inputs": described}), {"Content-Type": "application/json"})


def _kserve_binary_request(protos: Protos, model: str, inputs: Tensors) -> Request:
    pieces = [_raw(array) for array in inputs.values()]
    described = [
        {
            "name": name,
            "shape": list(array.shape),
            "datatype": _datatype(array),
            "parameters": {"binary_data_size": len(raw)},
        }
        for (name, array), raw in zip(inputs.items(), pieces, strict=True)
    ]
    head = _json({"inputs": described, "parameters": {"binary_data_output": True}})
    headers = {_LENGTH_HEADER: str(len(head)), "Content-Type": "application/octet-stream"}
    return Request(head + b"".join(pieces), headers)


def _kserve_rest_reply(protos: Protos, reply: Reply) -> dict[str, np.ndarray[Any, Any]]:
    head_length = int(reply.headers.get(_LENGTH_HEADER.lower(), len(reply.body)))
    outputs, at = {}, head_length
    for output in json.loads(reply.body[:head_length])["outputs"]:
        size = output.get("parameters", {}).get("binary_data_size")
        if size is None:
            array = np.array(output["data"], np.float32)
        else:
            array = np.frombuffer(reply.body[at : at + size], np.float32)
            at += size
        outputs[output["name"]] = array.reshape(output["shape"])
    return outputs


def _tfs_rest_request(protos: Protos, model: str, inputs: Tensors) -> Request:
    columns = {name: _nested(array) for name, array in inputs.items()}
    return Request(_json({"inputs": columns}), {"Content-Type": "application/json"})


def _tfs_rest_reply(protos: Protos, reply: Reply) -> dict[str, np.ndarray[Any, Any]]:
    outputs = json.loads(reply.body)["outputs"]
    named = outputs if isinstance(outputs, dict) else {"": outputs}  # a single output has no name here
    return {name: np.array(values, np.float32) for name, values in named.items()}


def _torchserve_request(protos: Protos, model: str, inputs: Tensors) -> Request:
    (array,) = inputs.values()
    return Request(array.tobytes(), {"Content-Type": "application/octet-stream"})


def _torchserve_reply(protos: Protos, reply: Reply) -> dict[str, np.ndarray[Any, Any]]:
    return {"": np.frombuffer(reply.body, np.float32)[None]}


def _datatype(array: np.ndarray[Any, Any]) -> str:
    return "BYTES" if array.dtype == object else "FP32"


def _raw(array: np.ndarray[Any, Any]) -> bytes:
    if array.dtype != object:
        return array.tobytes()
    return b"".join(len(item).to_bytes(4, "little") + item for item in array.ravel())


def _nested(array: np.ndarray[Any, Any]) -> Any:
    if array.dtype == object:
        import base64

        return [{"b64": base64.b64encode(item).decode()} for item in array]
    flat = iter(_shortest(array.ravel()))

    def fill(shape: tuple[int, ...]) -> Any:
        return next(flat) if not shape else [fill(shape[1:]) for _ in range(shape[0])]

    return fill(array.shape)


def _shortest(values: np.ndarray[Any, Any]) -> list[float]:
    """Return numbers whose text is the shortest that still means the same f32."""
    return [float(text) for text in values.astype(np.str_)]


def _json(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


_INFER = "/v2/models/{model}/infer"

PROTOCOLS: Mapping[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            "kserve_grpc",
            "grpc",
            "/inference.GRPCInferenceService/ModelInfer",
            _kserve_grpc_request,
            _kserve_grpc_reply,
        ),
        Protocol(
            "tfs_grpc",
            "grpc",
            "/tensorflow.serving.PredictionService/Predict",
            _tfs_grpc_request,
            _tfs_grpc_reply,
        ),
        Protocol("kserve_rest_binary", "http1", _INFER, _kserve_binary_request, _kserve_rest_reply),
        Protocol("kserve_rest_json", "http1", _INFER, _kserve_json_request, _kserve_rest_reply),
        Protocol("tfs_rest", "http1", "/v1/models/{model}:predict", _tfs_rest_request, _tfs_rest_reply),
        # The handler's own bytes: f32, one row.
        Protocol("torchserve_rest", "http1", "/predictions/{model}", _torchserve_request, _torchserve_reply),
    )
}
