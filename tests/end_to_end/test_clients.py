"""Clients that are not ours, used as their users use them."""

from pathlib import Path
from typing import Any

import numpy as np
import ovmsclient
import pytest
import tritonclient.grpc as triton

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
