"""Every way in which a tensor can reach a model and come back, through real sockets.

The models have one input and one output, both named ``x``.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from harness.bit_tensor import BitTensor, tensor_of_json, tensor_of_raw
from harness.data_types import BF16, F16, F32, F64, STRING, DataType
from harness.grpc_client import KSERVE, PREDICTION, GrpcClient
from harness.json_elements import read_json

_HEADER = "Inference-Header-Content-Length"


class Wire:
    """The open connections to one server."""

    def __init__(self, grpc: GrpcClient, url: str) -> None:
        self.grpc = grpc
        self._url = url
        self._session = requests.Session()

    def post(self, path: str, body: bytes, **headers: str) -> requests.Response:
        reply = self._session.post(self._url + path, data=body, headers=headers, timeout=60)
        assert reply.status_code == 200, reply.text
        return reply


@dataclass(frozen=True)
class TensorPath:
    """One way.

    ``in_json``: a NaN has no payload on it. ``excluded``: types that the protocol has no form for.
    """

    name: str
    send: Callable[[Wire, str, BitTensor], BitTensor]
    in_json: bool = False
    lowest_rank: int = 0
    excluded: tuple[DataType, ...] = ()

    def __str__(self) -> str:
        return self.name


# TensorFlow Serving over gRPC


def _tfs_content(wire: Wire, model: str, tensor: BitTensor) -> BitTensor:
    proto = _tensor_proto(wire, tensor)
    proto.tensor_content = tensor.raw
    return _predict(wire, model, proto, tensor.type)


def _tfs_values(wire: Wire, model: str, tensor: BitTensor) -> BitTensor:
    proto = _tensor_proto(wire, tensor)
    proto.MergeFromString(_repeated_field(tensor.type.tfs_values, tensor))
    return _predict(wire, model, proto, tensor.type)


def _tensor_proto(wire: Wire, tensor: BitTensor) -> Any:
    proto = wire.grpc.protos["tensorflow.TensorProto"](dtype=tensor.type.tfs, tensor_shape={})
    for size in tensor.shape:
        proto.tensor_shape.dim.add(size=size)
    return proto


def _predict(wire: Wire, model: str, proto: Any, data_type: DataType) -> BitTensor:
    request = wire.grpc.predict_request(model, {"x": proto})
    reply = wire.grpc.call(PREDICTION, "Predict", request, "tensorflow.serving.PredictResponse").outputs["x"]
    assert reply.dtype == data_type.tfs
    shape = [dim.size for dim in reply.tensor_shape.dim]
    if data_type == STRING:
        return BitTensor(data_type, tuple(shape), tuple(reply.string_val))
    return tensor_of_raw(data_type, shape, reply.tensor_content)


# TensorFlow Serving over REST


def _tfs_rows(wire: Wire, model: str, tensor: BitTensor) -> BitTensor:
    return _rest_predict(wire, model, f'{{"instances": {tensor.json}}}', "predictions", tensor.type)


def _tfs_named_rows(wire: Wire, model: str, tensor: BitTensor) -> BitTensor:
    instances = ", ".join(f'{{"x": {row.json}}}' for row in tensor.rows())
    return _rest_predict(wire, model, f'{{"instances": [{instances}]}}', "predictions", tensor.type)


def _tfs_column(wire: Wire, model: str, tensor: BitTensor) -> BitTensor:
    return _rest_predict(wire, model, f'{{"inputs": {{"x": {tensor.json}}}}}', "outputs", tensor.type)


def _rest_predict(wire: Wire, model: str, body: str, answer: str, data_type: DataType) -> BitTensor:
    reply = wire.post(f"/v1/models/{model}:predict", body.encode())
    return tensor_of_json(data_type, read_json(reply.content)[answer])


# KServe over gRPC


def _kserve_raw(wire: Wire, model: str, tensor: BitTensor) -> BitTensor:
    request = _infer_request(wire, model, tensor)
    request.raw_input_contents.append(tensor.raw)
    return _infer(wire, request, tensor.type)


def _kserve_contents(wire: Wire, model: str, tensor: BitTensor) -> BitTensor:
    request = _infer_request(wire, model, tensor)
    request.inputs[0].contents.MergeFromString(_repeated_field(tensor.type.kserve_values, tensor))
    return _infer(wire, request, tensor.type)


def _infer_request(wire: Wire, model: str, tensor: BitTensor) -> Any:
    request = wire.grpc.protos["inference.ModelInferRequest"](model_name=model)
    request.inputs.add(name="x", datatype=tensor.type.kserve, shape=tensor.shape)
    return request


def _infer(wire: Wire, request: Any, data_type: DataType) -> BitTensor:
    reply = wire.grpc.call(KSERVE, "ModelInfer", request, "inference.ModelInferResponse")
    assert reply.outputs[0].datatype == data_type.kserve
    return tensor_of_raw(data_type, reply.outputs[0].shape, reply.raw_output_contents[0])


# KServe over REST


def _kserve_rest(binary_in: bool, binary_out: bool) -> Callable[[Wire, str, BitTensor], BitTensor]:
    def send(wire: Wire, model: str, tensor: BitTensor) -> BitTensor:
        head = f'"name": "x", "datatype": "{tensor.type.kserve}", "shape": {json.dumps(tensor.shape)}'
        array = tensor.json if tensor.shape else f"[{tensor.json}]"
        raw = tensor.raw if binary_in else b""
        data = f'"parameters": {{"binary_data_size": {len(raw)}}}' if binary_in else f'"data": {array}'
        outputs = json.dumps([{"name": "x", "parameters": {"binary_data": binary_out}}])
        text = f'{{"inputs": [{{{head}, {data}}}], "outputs": {outputs}}}'.encode()
        headers = {_HEADER: str(len(text))} if binary_in else {}
        reply = wire.post(f"/v2/models/{model}/infer", text + raw, **headers)
        length = int(reply.headers[_HEADER]) if binary_out else len(reply.content)
        output = read_json(reply.content[:length])["outputs"][0]
        assert output["datatype"] == tensor.type.kserve
        if binary_out:
            return tensor_of_raw(tensor.type, output["shape"], reply.content[length:])
        return tensor_of_json(tensor.type, output["data"], output["shape"])

    return send


def _repeated_field(number: int, tensor: BitTensor) -> bytes:
    """Return a repeated protobuf field of the elements. Written here, since Python's floats lose bits."""
    strings = [element for element in tensor.elements if isinstance(element, bytes)]
    if tensor.type == STRING:
        return b"".join(_bytes_field(number, text) for text in strings)
    if tensor.type in (F32, F64):
        return _bytes_field(number, tensor.raw)
    values = [tensor.type.integer(element) for element in tensor.elements if isinstance(element, int)]
    return _bytes_field(number, b"".join(_varint(value % (1 << 64)) for value in values))


def _bytes_field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    return bytes([*encoded, value])


TENSOR_PATHS = (
    TensorPath("TFS gRPC tensor_content", _tfs_content, excluded=(STRING,)),
    TensorPath("TFS gRPC typed values", _tfs_values),
    TensorPath("TFS REST rows", _tfs_rows, in_json=True, lowest_rank=1),
    TensorPath("TFS REST named rows", _tfs_named_rows, in_json=True, lowest_rank=1),
    TensorPath("TFS REST column", _tfs_column, in_json=True),
    TensorPath("KServe gRPC raw", _kserve_raw),
    TensorPath("KServe gRPC typed contents", _kserve_contents, excluded=(F16, BF16)),
    TensorPath("KServe REST JSON to JSON", _kserve_rest(False, False), in_json=True, excluded=(BF16,)),
    TensorPath("KServe REST JSON to binary", _kserve_rest(False, True), in_json=True, excluded=(BF16,)),
    TensorPath("KServe REST binary to JSON", _kserve_rest(True, False), in_json=True, excluded=(BF16,)),
    TensorPath("KServe REST binary to binary", _kserve_rest(True, True)),
)
