"""Clients that are not ours, used as their users use them."""

import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import ovmsclient
import pytest
import tritonclient.grpc as triton
import tritonclient.http as triton_http

import ovserve
from harness import configuration, models

ONES = np.ones((1, 10), np.float32)


@pytest.fixture(params=["grpc", "http"])
def ovms(request: pytest.FixtureRequest, plain_server: ovserve.Server) -> Any:
    if request.param == "grpc":
        return ovmsclient.make_grpc_client(f"127.0.0.1:{plain_server.grpc_port}")
    return ovmsclient.make_http_client(f"127.0.0.1:{plain_server.rest_port}")


def test_ovmsclient_predict(ovms: Any) -> None:
    np.testing.assert_array_equal(ovms.predict({"b": ONES}, "m"), ONES + 2)
    np.testing.assert_array_equal(ovms.predict({"b": ONES}, "m", model_version=1), ONES + 1)


def test_ovmsclient_predict_of_scalars_in_typed_fields(ovms: Any, tmp_path: Path) -> None:
    entry = configuration.model("one", models.write(models.add_constant(shape=(1,)), tmp_path / "one"))
    with ovserve.Server(configuration.document([entry])) as server:
        client = ovmsclient.make_grpc_client(f"127.0.0.1:{server.grpc_port}")
        np.testing.assert_array_equal(client.predict({"b": [4.0]}, "one"), [5.0])


def test_ovmsclient_metadata_and_status(ovms: Any) -> None:
    metadata = ovms.get_model_metadata("m")
    assert metadata["model_version"] == 2
    assert metadata["inputs"] == {"b": {"shape": [1, 10], "dtype": "DT_FLOAT"}}
    assert metadata["outputs"] == {"a": {"shape": [1, 10], "dtype": "DT_FLOAT"}}
    assert ovms.get_model_status("m") == {
        version: {"state": "AVAILABLE", "error_code": 0, "error_message": "OK"} for version in (1, 2)
    }


def test_ovmsclient_errors(ovms: Any) -> None:
    with pytest.raises(ovmsclient.tfs_compat.base.errors.ModelNotFoundError):
        ovms.predict({"b": ONES}, "other")
    with pytest.raises(ovmsclient.tfs_compat.base.errors.InvalidInputError):
        ovms.predict({"b": np.ones((1, 11), np.float32)}, "m")


@pytest.fixture
def triton_client(plain_server: ovserve.Server) -> Any:
    with triton.InferenceServerClient(f"127.0.0.1:{plain_server.grpc_port}") as client:
        yield client


def triton_infer(client: Any, model: str, name: str, values: Any, datatype: str, version: str = "") -> Any:
    tensor = triton.InferInput(name, list(values.shape), datatype)
    tensor.set_data_from_numpy(values)
    return client.infer(model, [tensor], model_version=version, request_id="17")


def test_tritonclient_questions(triton_client: Any) -> None:
    assert triton_client.is_server_live()
    assert triton_client.is_server_ready()
    assert triton_client.is_model_ready("m")
    assert triton_client.is_model_ready("m", "1")
    metadata = triton_client.get_model_metadata("m", as_json=True)
    assert metadata["inputs"] == [{"name": "b", "datatype": "FP32", "shape": ["1", "10"]}]
    assert triton_client.get_server_metadata().version == ovserve.__version__


def test_tritonclient_infer(triton_client: Any) -> None:
    result = triton_infer(triton_client, "m", "b", ONES, "FP32", version="1")
    np.testing.assert_array_equal(result.as_numpy("a"), ONES + 1)
    assert result.get_response().id == "17"


def test_tritonclient_strings(typed_server: ovserve.Server) -> None:
    texts = np.array([b"one", b"", "drei \u00e4".encode()], np.object_)
    with triton.InferenceServerClient(f"127.0.0.1:{typed_server.grpc_port}") as client:
        result = triton_infer(client, "string", "x", texts, "BYTES")
    assert list(result.as_numpy("y")) == list(texts)


def test_tritonclient_errors(triton_client: Any) -> None:
    with pytest.raises(triton.InferenceServerException) as caught:
        triton_infer(triton_client, "other", "b", ONES, "FP32")
    assert caught.value.status() == "StatusCode.NOT_FOUND"
    assert caught.value.message() == "Model with requested name is not found"


def test_tritonclient_stream(triton_client: Any) -> None:
    """Every message is answered in its turn; one that is wrong costs the stream nothing."""
    answers: queue.Queue[tuple[Any, Any]] = queue.Queue()
    triton_client.start_stream(lambda result, error: answers.put((result, error)))
    tensor = triton.InferInput("b", [1, 10], "FP32")
    tensor.set_data_from_numpy(ONES)
    for request_id, model in enumerate(["m", "other", "m"]):
        triton_client.async_stream_infer(model, [tensor], request_id=str(request_id))
    (first, none), (nothing, error), (last, no_error) = [answers.get(timeout=60) for _ in range(3)]
    triton_client.stop_stream()
    assert none is nothing is no_error is None
    np.testing.assert_array_equal(first.as_numpy("a"), ONES + 2)
    assert (first.get_response().id, last.get_response().id) == ("0", "2")
    assert error.message() == "Model with requested name is not found"


@pytest.fixture
def triton_http_client(plain_server: ovserve.Server) -> Iterator[Any]:
    with triton_http.InferenceServerClient(f"127.0.0.1:{plain_server.rest_port}") as client:
        yield client


def http_input(name: str, values: Any, datatype: str, binary: bool) -> Any:
    tensor = triton_http.InferInput(name, list(values.shape), datatype)
    tensor.set_data_from_numpy(values, binary_data=binary)
    return tensor


def test_tritonclient_http_questions(triton_http_client: Any) -> None:
    assert triton_http_client.is_server_live()
    assert triton_http_client.is_server_ready()
    assert triton_http_client.is_model_ready("m", "1")
    assert triton_http_client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    assert triton_http_client.get_model_metadata("m", "1") == {
        "name": "m",
        "versions": ["1", "2"],
        "platform": "OpenVINO",
        "inputs": [{"name": "b", "datatype": "FP32", "shape": [1, 10]}],
        "outputs": [{"name": "a", "datatype": "FP32", "shape": [1, 10]}],
    }


@pytest.mark.parametrize("binary_in", [True, False], ids=["binary", "json"])
@pytest.mark.parametrize("binary_out", [True, False, None], ids=["to binary", "to json", "to default"])
def test_tritonclient_http_infer(triton_http_client: Any, binary_in: bool, binary_out: bool | None) -> None:
    outputs = None if binary_out is None else [triton_http.InferRequestedOutput("a", binary_data=binary_out)]
    tensor = http_input("b", ONES, "FP32", binary_in)
    result = triton_http_client.infer("m", [tensor], model_version="1", outputs=outputs, request_id="17")
    np.testing.assert_array_equal(result.as_numpy("a"), ONES + 1)
    assert result.get_response()["id"] == "17"
    assert result.get_response()["model_version"] == "1"
    assert ("data" in result.get_output("a")) == (binary_out is False)


def test_tritonclient_http_requested_outputs(tmp_path: Path) -> None:
    entry = configuration.model("two", models.write(models.two_inputs(), tmp_path / "two"))
    x, y = np.full((1, 4), 5, np.float32), np.full((1, 4), 3, np.float32)
    with (
        ovserve.Server(configuration.document([entry]), rest_port=0) as server,
        triton_http.InferenceServerClient(f"127.0.0.1:{server.rest_port}") as client,
    ):
        inputs = [http_input("y", y, "FP32", True), http_input("x", x, "FP32", False)]
        wanted = [
            triton_http.InferRequestedOutput("difference", binary_data=True),
            triton_http.InferRequestedOutput("sum", binary_data=False),
        ]
        result = client.infer("two", inputs, outputs=wanted)
        np.testing.assert_array_equal(result.as_numpy("difference"), x - y)
        np.testing.assert_array_equal(result.as_numpy("sum"), x + y)
        assert [output["name"] for output in result.get_response()["outputs"]] == ["difference", "sum"]
        only = client.infer("two", inputs, outputs=wanted[:1]).get_response()["outputs"]
        assert [output["name"] for output in only] == ["difference"]


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
def test_tritonclient_http_strings(typed_server: ovserve.Server, binary_in: bool, binary_out: bool) -> None:
    texts = np.array(["one", "", "drei \u00e4"], np.object_)
    wanted = [triton_http.InferRequestedOutput("y", binary_data=binary_out)]
    with triton_http.InferenceServerClient(f"127.0.0.1:{typed_server.rest_port}") as client:
        result = client.infer("string", [http_input("x", texts, "BYTES", binary_in)], outputs=wanted)
    answer = [text if isinstance(text, str) else text.decode() for text in result.as_numpy("y")]
    assert answer == list(texts)


def test_tritonclient_http_errors(triton_http_client: Any) -> None:
    with pytest.raises(triton_http.InferenceServerException) as caught:
        triton_http_client.infer("other", [http_input("b", ONES, "FP32", True)])
    assert caught.value.status() == "404"
    assert caught.value.message() == "Model with requested name is not found"
