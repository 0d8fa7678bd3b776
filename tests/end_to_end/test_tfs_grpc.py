"""TensorFlow Serving's gRPC API, row by row as a real OpenVINO Model Server answers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ovserve
from harness import configuration, models
from harness.grpc_client import MODEL, PREDICTION, GrpcClient
from harness.protos import Protos
from ovserve.config.frontend import FrontendChoice

ONES = np.ones((1, 10), np.float32)

Request = Callable[[GrpcClient], Any]


def f32(*shape: int) -> "np.ndarray[Any, Any]":
    return np.ones(shape, np.float32)


def with_spec(**spec: Any) -> Request:
    def make(client: GrpcClient) -> Any:
        request = client.predict_request("m", {"b": ONES})
        for key, value in spec.items():
            setattr(request.model_spec, key, value)
        return request

    return make


def with_inputs(**inputs: Any) -> Request:
    return lambda client: client.predict_request("m", inputs)


def with_content(content: bytes) -> Request:
    def make(client: GrpcClient) -> Any:
        request = client.predict_request("m", {"b": ONES})
        request.inputs["b"].tensor_content = content
        return request

    return make


def with_shape(*shape: int) -> Request:
    def make(client: GrpcClient) -> Any:
        request = client.predict_request("m", {"b": ONES})
        request.inputs["b"].tensor_shape.ClearField("dim")
        for size in shape:
            request.inputs["b"].tensor_shape.dim.add(size=size)
        return request

    return make


def without_shape(client: GrpcClient) -> Any:
    request = client.predict_request("m", {"b": ONES})
    request.inputs["b"].ClearField("tensor_shape")
    return request


def without_spec(client: GrpcClient) -> Any:
    request = client.predict_request("m", {"b": ONES})
    request.ClearField("model_spec")
    return request


def of_version(version: int) -> Request:
    return lambda client: client.predict_request("m", {"b": ONES}, version)


def of_dtype(dtype: int) -> Request:
    return lambda client: client.predict_request("m", {"b": client.tensor_content(ONES, dtype)})


NAME = "Model with requested name is not found"
VERSION = "Model with requested version is not found"
COUNT = "Invalid number of inputs - "
SHAPE = "Invalid input shape - "
BATCH = "Invalid input batch size - "
RANK = "Invalid number of shape dimensions - "
PRECISION = "Invalid input precision - "
CONTENT = "Invalid content size of tensor proto - "
B = "; input name: b"


@pytest.mark.parametrize(
    ("request_of", "code", "text"),
    [
        pytest.param(with_spec(name="other"), "NOT_FOUND", NAME, id="unknown model"),
        pytest.param(with_spec(name=""), "NOT_FOUND", NAME, id="empty name"),
        pytest.param(without_spec, "NOT_FOUND", NAME, id="no model_spec"),
        pytest.param(of_version(9), "NOT_FOUND", VERSION, id="version 9"),
        pytest.param(of_version(-1), "NOT_FOUND", VERSION, id="version -1"),
        pytest.param(with_inputs(), "INVALID_ARGUMENT", COUNT + "Expected: 1; Actual: 0", id="no inputs"),
        pytest.param(
            with_inputs(b=ONES, c=ONES), "INVALID_ARGUMENT", COUNT + "Expected: 1; Actual: 2", id="one more"
        ),
        pytest.param(
            with_inputs(c=ONES),
            "INVALID_ARGUMENT",
            "Missing input with specific name - Required input: b",
            id="wrong name",
        ),
        pytest.param(
            with_inputs(b=f32(1, 11)),
            "INVALID_ARGUMENT",
            SHAPE + "Expected: (1,10); Actual: (1,11)" + B,
            id="shape",
        ),
        pytest.param(
            with_inputs(b=f32(2, 10)), "INVALID_ARGUMENT", BATCH + "Expected: 1; Actual: 2" + B, id="batch"
        ),
        pytest.param(
            with_inputs(b=f32(2, 11)),
            "INVALID_ARGUMENT",
            BATCH + "Expected: 1; Actual: 2" + B,
            id="batch before shape",
        ),
        pytest.param(
            with_inputs(b=f32(10)),
            "INVALID_ARGUMENT",
            RANK + "Expected: (1,10); Actual: (10)" + B,
            id="rank 1",
        ),
        pytest.param(
            with_inputs(b=f32(1, 1, 10)),
            "INVALID_ARGUMENT",
            RANK + "Expected: (1,10); Actual: (1,1,10)" + B,
            id="rank 3",
        ),
        pytest.param(
            with_shape(), "INVALID_ARGUMENT", RANK + "Expected: (1,10); Actual: ()" + B, id="scalar"
        ),
        pytest.param(
            without_shape, "INVALID_ARGUMENT", RANK + "Expected: (1,10); Actual: ()" + B, id="no shape field"
        ),
        pytest.param(
            with_shape(0, 10),
            "INVALID_ARGUMENT",
            SHAPE + "Negative or zero dimension size is not acceptable: (0,10)" + B,
            id="dimension 0",
        ),
        pytest.param(
            with_shape(-1, 10),
            "INVALID_ARGUMENT",
            SHAPE + "Negative or zero dimension size is not acceptable: (-1,10)" + B,
            id="dimension -1",
        ),
        *(
            pytest.param(
                of_dtype(number),
                "INVALID_ARGUMENT",
                PRECISION + f"Expected: FP32; Actual: {name}" + B,
                id=f"dtype {name}",
            )
            for number, name in ((2, "FP64"), (3, "I32"), (9, "I64"), (4, "U8"), (19, "FP16"), (0, "INVALID"))
        ),
        pytest.param(
            lambda client: client.predict_request("m", {"b": f32(1, 11).astype(np.float64)}),
            "INVALID_ARGUMENT",
            PRECISION + "Expected: FP32; Actual: FP64" + B,
            id="dtype before shape",
        ),
        *(
            pytest.param(
                with_content(bytes(size)),
                "INVALID_ARGUMENT",
                CONTENT + f"Expected: 40 bytes; Actual: {size} bytes" + B,
                id=f"{size} bytes",
            )
            for size in (36, 44)
        ),
    ],
)
def test_refused_predict(client: GrpcClient, request_of: Request, code: str, text: str) -> None:
    assert client.predict_refusal(request_of(client)) == (code, text)


def test_absent_content_is_refused(client: GrpcClient) -> None:
    code, text = client.predict_refusal(with_content(b"")(client))
    assert code == "INVALID_ARGUMENT"
    assert text.startswith("Invalid ")
    assert text.endswith("input name: b")


@pytest.mark.parametrize(
    ("version", "amount"), [(None, 2.0), (0, 2.0), (1, 1.0), (2, 2.0)], ids=["none", "0", "1", "2"]
)
def test_predict_of_a_version(client: GrpcClient, version: int | None, amount: float) -> None:
    np.testing.assert_array_equal(client.predict("m", {"b": ONES}, version)["a"], ONES + amount)


def test_label_signature_and_filter_are_ignored(client: GrpcClient) -> None:
    request = client.predict_request("m", {"b": ONES})
    request.model_spec.version_label = "stable"
    request.model_spec.signature_name = "other"
    request.output_filter.append("nothing")
    request.inputs["b"].tensor_shape.unknown_rank = True
    reply = client.call(PREDICTION, "Predict", request, "tensorflow.serving.PredictResponse")
    assert list(reply.outputs) == ["a"]


def test_reply_is_tensor_content_and_says_which_version_it_is_from(client: GrpcClient) -> None:
    request = client.predict_request("m", {"b": ONES})
    reply = client.call(PREDICTION, "Predict", request, "tensorflow.serving.PredictResponse")
    assert reply.outputs["a"].tensor_content == (ONES + 2).tobytes()
    # As TensorFlow Serving does; OpenVINO Model Server leaves it empty.
    assert (reply.model_spec.name, reply.model_spec.version.value) == ("m", 2)


def test_tensor_content_wins_over_typed_values(client: GrpcClient) -> None:
    request = client.predict_request("m", {"b": ONES})
    request.inputs["b"].float_val.extend([5.0] * 10)
    reply = client.call(PREDICTION, "Predict", request, "tensorflow.serving.PredictResponse")
    np.testing.assert_array_equal(client.array_of(reply.outputs["a"]), ONES + 2)


@pytest.mark.parametrize("method", ["Classify", "Regress", "MultiInference"])
def test_unimplemented_methods(client: GrpcClient, method: str) -> None:
    empty = client.protos["tensorflow.serving.PredictRequest"]()
    assert client.refusal(PREDICTION, method, empty, "tensorflow.serving.PredictResponse") == (
        "UNIMPLEMENTED",
        "",
    )


def test_reload_request_is_accepted_without_effect(client: GrpcClient) -> None:
    request = client.protos["tensorflow.serving.ReloadConfigRequest"]()
    reply = client.call(
        MODEL, "HandleReloadConfigRequest", request, "tensorflow.serving.ReloadConfigResponse"
    )
    assert reply.SerializeToString() == b""
    assert client.status("m")[0][:3] == (1, 30, 0)


def test_garbage_instead_of_a_message(client: GrpcClient, protos: Protos) -> None:
    class Garbage:
        def SerializeToString(self) -> bytes:
            return b"\xff" * 100

    code, text = client.predict_refusal(Garbage())
    assert code == "INVALID_ARGUMENT"
    assert text


# Status and metadata


def metadata_request(client: GrpcClient, *fields: str, model: str = "m", version: int = 0) -> Any:
    request = client.protos["tensorflow.serving.GetModelMetadataRequest"](metadata_field=fields)
    request.model_spec.name = model
    request.model_spec.version.value = version
    return request


@pytest.mark.parametrize("version", [None, 0])
def test_status_of_all_versions(client: GrpcClient, version: int | None) -> None:
    assert client.status("m", version) == [(1, 30, 0, "OK"), (2, 30, 0, "OK")]


def test_status_of_one_version(client: GrpcClient) -> None:
    assert client.status("m", 2) == [(2, 30, 0, "OK")]


@pytest.mark.parametrize(
    ("model", "version", "text"),
    [("other", 0, NAME), ("", 0, NAME), ("m", 9, VERSION)],
)
@pytest.mark.parametrize("method", ["status", "metadata"])
def test_status_and_metadata_of_nothing(
    client: GrpcClient, method: str, model: str, version: int, text: str
) -> None:
    request = metadata_request(client, "signature_def", model=model, version=version)
    if method == "metadata":
        answer = client.refusal(
            PREDICTION, "GetModelMetadata", request, "tensorflow.serving.GetModelMetadataResponse"
        )
    else:
        status = client.protos["tensorflow.serving.GetModelStatusRequest"](model_spec=request.model_spec)
        answer = client.refusal(MODEL, "GetModelStatus", status, "tensorflow.serving.GetModelStatusResponse")
    assert answer == ("NOT_FOUND", text)


@pytest.mark.parametrize("fields", [(), ("other",), ("signature_def", "signature_def")])
def test_metadata_of_other_fields(client: GrpcClient, fields: tuple[str, ...]) -> None:
    answer = client.refusal(
        PREDICTION,
        "GetModelMetadata",
        metadata_request(client, *fields),
        "tensorflow.serving.GetModelMetadataResponse",
    )
    assert answer == ("INVALID_ARGUMENT", "Invalid signature name")


def test_metadata(client: GrpcClient) -> None:
    request = metadata_request(client, "signature_def")
    reply = client.call(
        PREDICTION, "GetModelMetadata", request, "tensorflow.serving.GetModelMetadataResponse"
    )
    assert (reply.model_spec.name, reply.model_spec.version.value) == ("m", 2)
    packed = reply.metadata["signature_def"]
    assert packed.type_url == "type.googleapis.com/tensorflow.serving.SignatureDefMap"
    signatures = client.protos["tensorflow.serving.SignatureDefMap"].FromString(packed.value)
    signature = signatures.signature_def["serving_default"]
    assert signature.method_name == ""
    (name, info), *_ = signature.inputs.items()
    assert (name, info.name, info.dtype) == ("b", "b", 1)
    assert [dim.size for dim in info.tensor_shape.dim] == [1, 10]


# Data types

TYPED_FIELDS = {
    "float32": "float_val",
    "float64": "double_val",
    "int32": "int_val",
    "uint8": "int_val",
    "int16": "int_val",
    "int8": "int_val",
    "int64": "int64_val",
    "bool": "bool_val",
    "uint16": "int_val",
    "float16": "half_val",
    "uint32": "uint32_val",
    "uint64": "uint64_val",
}


@pytest.fixture(scope="module")
def typed(typed_server: ovserve.Server, protos: Protos) -> Iterator[GrpcClient]:
    with GrpcClient(f"127.0.0.1:{typed_server.grpc_port}", protos) as client:
        yield client


@pytest.mark.parametrize("dtype", list(TYPED_FIELDS))
def test_dtype_in_tensor_content(typed: GrpcClient, dtype: str) -> None:
    values = models.values_of(dtype)
    output = typed.predict(dtype, {"x": values})["y"]
    assert output.dtype == values.dtype
    np.testing.assert_array_equal(output, values)


@pytest.mark.parametrize("dtype", list(TYPED_FIELDS))
def test_dtype_in_typed_values(typed: GrpcClient, dtype: str) -> None:
    values = models.values_of(dtype)
    tensor = typed.tensor_content(values)
    tensor.ClearField("tensor_content")
    plain = values.view(np.uint16) if dtype == "float16" else values
    getattr(tensor, TYPED_FIELDS[dtype]).extend(plain.ravel().tolist())
    np.testing.assert_array_equal(typed.predict(dtype, {"x": tensor})["y"], values)


def test_strings(typed: GrpcClient) -> None:
    tensor = typed.protos["tensorflow.TensorProto"](dtype=7, string_val=[b"one", b"", "drei \u00e4".encode()])
    tensor.tensor_shape.dim.add(size=3)
    request = typed.predict_request("string", {"x": tensor})
    reply = typed.call(PREDICTION, "Predict", request, "tensorflow.serving.PredictResponse")
    assert list(reply.outputs["y"].string_val) == list(tensor.string_val)


def test_two_inputs_by_name(tmp_path: Path, protos: Protos, front: FrontendChoice) -> None:
    entry = configuration.model("two", models.write(models.two_inputs(), tmp_path / "two"))
    x, y = f32(1, 4) * 3, f32(1, 4)
    with (
        ovserve.Server(configuration.document([entry]), grpc_frontend=front) as server,
        GrpcClient(f"127.0.0.1:{server.grpc_port}", protos) as client,
    ):
        outputs = client.predict("two", {"y": y, "x": x})
        refusal = client.predict_refusal(client.predict_request("two", {"x": x}))
    np.testing.assert_array_equal(outputs["sum"], x + y)
    np.testing.assert_array_equal(outputs["difference"], x - y)
    assert refusal == ("INVALID_ARGUMENT", COUNT + "Expected: 2; Actual: 1")


def test_dynamic_batch(tmp_path: Path, protos: Protos, front: FrontendChoice) -> None:
    entry = configuration.model("any", models.write(models.add_constant(shape=(-1, 10)), tmp_path / "any"))
    with (
        ovserve.Server(configuration.document([entry]), grpc_frontend=front) as server,
        GrpcClient(f"127.0.0.1:{server.grpc_port}", protos) as client,
    ):
        for batch in (1, 3):
            assert client.predict("any", {"b": f32(batch, 10)})["a"].shape == (batch, 10)
        refusal = client.predict_refusal(client.predict_request("any", {"b": f32(3, 11)}))
    assert refusal == ("INVALID_ARGUMENT", SHAPE + "Expected: (-1,10); Actual: (3,11)" + B)
