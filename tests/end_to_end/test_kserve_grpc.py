"""KServe's v2 gRPC API, row by row as a real OpenVINO Model Server answers."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import requests

import ovserve
from harness import models
from harness.grpc_client import KSERVE, GrpcClient
from harness.protos import Protos

ONES = np.ones((1, 10), np.float32)
DATATYPES = {
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
    "bool": "BOOL",
    **{f"{sign}int{bits}": f"{sign.upper()}INT{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}
CONTENTS = {
    "float32": "fp32_contents",
    "float64": "fp64_contents",
    "bool": "bool_contents",
    "int8": "int_contents",
    "int16": "int_contents",
    "int32": "int_contents",
    "int64": "int64_contents",
    "uint8": "uint_contents",
    "uint16": "uint_contents",
    "uint32": "uint_contents",
    "uint64": "uint64_contents",
}

Change = Callable[[Any], object]


def raw_request(
    client: GrpcClient, array: "np.ndarray[Any, Any]", model: str = "m", name: str = "b", **fields: Any
) -> Any:
    request = client.protos["inference.ModelInferRequest"](model_name=model, **fields)
    request.inputs.add(name=name, datatype=DATATYPES[array.dtype.name], shape=array.shape)
    request.raw_input_contents.append(array.tobytes())
    return request


def infer(client: GrpcClient, request: Any) -> Any:
    return client.call(KSERVE, "ModelInfer", request, "inference.ModelInferResponse")


def set_input(**fields: Any) -> Change:
    def change(request: Any) -> None:
        for key, value in fields.items():
            if key == "shape":
                request.inputs[0].shape[:] = value
            else:
                setattr(request.inputs[0], key, value)

    return change


def set_raw(content: bytes) -> Change:
    return lambda request: request.raw_input_contents.__setitem__(0, content)


def set_model(**fields: str) -> Change:
    return lambda request: [setattr(request, key, value) for key, value in fields.items()]


def typed(count: int) -> Change:
    def change(request: Any) -> None:
        request.ClearField("raw_input_contents")
        request.inputs[0].contents.fp32_contents.extend([1.0] * count)

    return change


B = "; input name: b"


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        pytest.param(
            set_model(model_name="other"), "NOT_FOUND", "Model with requested name is not found", id="model"
        ),
        pytest.param(
            set_model(model_version="9"),
            "NOT_FOUND",
            "Model with requested version is not found",
            id="version",
        ),
        pytest.param(
            set_model(model_version="x"),
            "INVALID_ARGUMENT",
            "invalid model version format in request",
            id="version format",
        ),
        pytest.param(
            set_input(name="c"),
            "INVALID_ARGUMENT",
            "Missing input with specific name - Required input: b",
            id="input name",
        ),
        pytest.param(
            set_input(shape=[1, 11]),
            "INVALID_ARGUMENT",
            "Invalid input shape - Expected: (1,10); Actual: (1,11)" + B,
            id="shape",
        ),
        pytest.param(
            set_input(shape=[2, 10]),
            "INVALID_ARGUMENT",
            "Invalid input batch size - Expected: 1; Actual: 2" + B,
            id="batch",
        ),
        pytest.param(
            set_input(shape=[10]),
            "INVALID_ARGUMENT",
            "Invalid number of shape dimensions - Expected: (1,10); Actual: (10)" + B,
            id="rank",
        ),
        pytest.param(
            set_input(datatype="INT32"),
            "INVALID_ARGUMENT",
            "Invalid input precision - Expected: FP32; Actual: INT32" + B,
            id="datatype",
        ),
        pytest.param(
            set_input(datatype="FOO"),
            "INVALID_ARGUMENT",
            "Invalid input precision - Expected: FP32; Actual: FOO" + B,
            id="unknown datatype",
        ),
        pytest.param(
            set_raw(b"abc"),
            "INVALID_ARGUMENT",
            "Invalid content size of tensor proto - Expected: 40 bytes; Actual: 3 bytes" + B,
            id="raw too short",
        ),
        pytest.param(
            typed(3),
            "INVALID_ARGUMENT",
            "Invalid number of values in tensor proto container - Expected: 10 values; Actual: 3 values" + B,
            id="too few values",
        ),
    ],
)
def test_refused_infer(client: GrpcClient, change: Change, code: str, text: str) -> None:
    request = raw_request(client, ONES)
    change(request)
    assert client.refusal(KSERVE, "ModelInfer", request, "inference.ModelInferResponse") == (code, text)


def test_raw_and_typed_contents_together_are_refused(client: GrpcClient) -> None:
    request = raw_request(client, ONES)
    request.inputs[0].contents.fp32_contents.extend([1.0] * 10)
    code, text = client.refusal(KSERVE, "ModelInfer", request, "inference.ModelInferResponse")
    assert code == "INVALID_ARGUMENT"
    assert "b" in text.split()[-1]


def test_infer_answers_raw_with_name_version_and_id(client: GrpcClient) -> None:
    request = raw_request(client, ONES, id="seven", model_version="1")
    reply = infer(client, request)
    assert (reply.model_name, reply.model_version, reply.id) == ("m", "1", "seven")
    assert [(o.name, o.datatype, list(o.shape)) for o in reply.outputs] == [("a", "FP32", [1, 10])]
    assert list(reply.raw_output_contents) == [(ONES + 1).tobytes()]


@pytest.fixture(scope="module")
def typed_client(typed_server: ovserve.Server, protos: Protos) -> Iterator[GrpcClient]:
    with GrpcClient(f"127.0.0.1:{typed_server.grpc_port}", protos) as client:
        yield client


@pytest.mark.parametrize("dtype", models.DTYPES)
def test_datatype_raw(typed_client: GrpcClient, dtype: str) -> None:
    values = models.values_of(dtype)
    reply = infer(typed_client, raw_request(typed_client, values, dtype, "x"))
    assert reply.outputs[0].datatype == DATATYPES[dtype]
    assert reply.raw_output_contents[0] == values.tobytes()


@pytest.mark.parametrize("dtype", list(CONTENTS))
def test_datatype_in_typed_contents(typed_client: GrpcClient, dtype: str) -> None:
    values = models.values_of(dtype)
    request = raw_request(typed_client, values, dtype, "x")
    request.ClearField("raw_input_contents")
    getattr(request.inputs[0].contents, CONTENTS[dtype]).extend(values.ravel().tolist())
    assert infer(typed_client, request).raw_output_contents[0] == values.tobytes()


STRINGS = [b"one", b"", "drei \u00e4".encode()]
RAW_STRINGS = b"".join(len(text).to_bytes(4, "little") + text for text in STRINGS)


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "typed"])
def test_strings(typed_client: GrpcClient, raw: bool) -> None:
    request = typed_client.protos["inference.ModelInferRequest"](model_name="string")
    tensor = request.inputs.add(name="x", datatype="BYTES", shape=[3])
    if raw:
        request.raw_input_contents.append(RAW_STRINGS)
    else:
        tensor.contents.bytes_contents.extend(STRINGS)
    reply = infer(typed_client, request)
    assert reply.outputs[0].datatype == "BYTES"
    assert reply.raw_output_contents[0] == RAW_STRINGS


# Questions about server and models


@pytest.mark.parametrize("question", ["Live", "Ready"])
def test_server_questions(client: GrpcClient, question: str) -> None:
    request = client.protos[f"inference.Server{question}Request"]()
    reply = client.call(KSERVE, f"Server{question}", request, f"inference.Server{question}Response")
    assert getattr(reply, question.lower()) is True


@pytest.mark.parametrize("version", ["", "1", "2"])
def test_model_ready(client: GrpcClient, version: str) -> None:
    request = client.protos["inference.ModelReadyRequest"](name="m", version=version)
    assert client.call(KSERVE, "ModelReady", request, "inference.ModelReadyResponse").ready is True


@pytest.mark.parametrize(
    ("name", "version", "code", "text"),
    [
        ("other", "", "NOT_FOUND", "Model with requested name is not found"),
        ("m", "9", "NOT_FOUND", "Model with requested version is not found"),
        ("m", "x", "INVALID_ARGUMENT", "invalid model version format in request"),
    ],
)
@pytest.mark.parametrize("method", ["ModelReady", "ModelMetadata"])
def test_questions_about_nothing(
    client: GrpcClient, method: str, name: str, version: str, code: str, text: str
) -> None:
    request = client.protos[f"inference.{method}Request"](name=name, version=version)
    assert client.refusal(KSERVE, method, request, f"inference.{method}Response") == (code, text)


def test_server_metadata(client: GrpcClient, plain_server: ovserve.Server) -> None:
    request = client.protos["inference.ServerMetadataRequest"]()
    reply = client.call(KSERVE, "ServerMetadata", request, "inference.ServerMetadataResponse")
    assert reply.version == ovserve.__version__
    in_rest = requests.get(f"http://127.0.0.1:{plain_server.rest_port}/v2", timeout=60).json()
    assert in_rest == {"name": reply.name, "version": reply.version, "extensions": ["binary_tensor_data"]}


def test_model_metadata(client: GrpcClient) -> None:
    request = client.protos["inference.ModelMetadataRequest"](name="m")
    reply = client.call(KSERVE, "ModelMetadata", request, "inference.ModelMetadataResponse")
    assert (reply.name, list(reply.versions), reply.platform) == ("m", ["1", "2"], "OpenVINO")
    assert [(t.name, t.datatype, list(t.shape)) for t in reply.inputs] == [("b", "FP32", [1, 10])]
    assert [(t.name, t.datatype, list(t.shape)) for t in reply.outputs] == [("a", "FP32", [1, 10])]


@pytest.mark.parametrize("method", ["RepositoryIndex", "ModelConfig"])
def test_methods_that_are_not_offered(client: GrpcClient, method: str) -> None:
    request = client.protos["inference.ServerLiveRequest"]()
    code, _ = client.refusal(KSERVE, method, request, "inference.ServerLiveResponse")
    assert code == "UNIMPLEMENTED"
