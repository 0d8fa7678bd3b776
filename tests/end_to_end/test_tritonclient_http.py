"""tritonclient over HTTP, as its users use it; by default it sends and wants binary tensors."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import np_to_triton_dtype

import ovserve
from harness import configuration, models
from ovserve.config.frontend import FrontendChoice

ONES = np.ones((1, 10), np.float32)
NAME = "Model with requested name is not found"


@pytest.fixture
def client(plain_server: ovserve.Server) -> Iterator[Any]:
    with triton.InferenceServerClient(f"127.0.0.1:{plain_server.rest_port}") as client:
        yield client


@pytest.fixture
def typed(typed_server: ovserve.Server) -> Iterator[Any]:
    with triton.InferenceServerClient(f"127.0.0.1:{typed_server.rest_port}") as client:
        yield client


def tensor(values: Any, name: str = "b", datatype: str = "FP32", binary: bool = True) -> Any:
    made = triton.InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def test_questions_about_the_server(client: Any) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    metadata = client.get_server_metadata()
    assert metadata == {
        "name": "ovserve",
        "version": ovserve.__version__,
        "extensions": ["binary_tensor_data"],
    }


def test_questions_about_a_model(client: Any) -> None:
    assert client.is_model_ready("m")
    assert client.is_model_ready("m", "1")
    assert client.get_model_metadata("m", "1") == {
        "name": "m",
        "versions": ["1", "2"],
        "platform": "OpenVINO",
        "inputs": [{"name": "b", "datatype": "FP32", "shape": [1, 10]}],
        "outputs": [{"name": "a", "datatype": "FP32", "shape": [1, 10]}],
    }


def test_questions_about_a_model_that_nobody_has(client: Any) -> None:
    assert not client.is_model_ready("other")
    with pytest.raises(triton.InferenceServerException) as caught:
        client.get_model_metadata("other")
    assert (caught.value.status(), caught.value.message()) == ("404", NAME)


@pytest.mark.parametrize("binary_in", [True, False], ids=["binary", "json"])
@pytest.mark.parametrize("binary_out", [True, False, None], ids=["to binary", "to json", "to default"])
def test_infer(client: Any, binary_in: bool, binary_out: bool | None) -> None:
    outputs = None if binary_out is None else [triton.InferRequestedOutput("a", binary_data=binary_out)]
    inputs = [tensor(ONES, binary=binary_in)]
    result = client.infer("m", inputs, model_version="1", outputs=outputs, request_id="17")
    np.testing.assert_array_equal(result.as_numpy("a"), ONES + 1)
    assert result.get_response()["id"] == "17"
    assert result.get_response()["model_version"] == "1"
    assert ("data" in result.get_output("a")) == (binary_out is False)


def test_infer_in_the_background(client: Any) -> None:
    right, wrong = client.async_infer("m", [tensor(ONES)]), client.async_infer("other", [tensor(ONES)])
    np.testing.assert_array_equal(right.get_result(timeout=60).as_numpy("a"), ONES + 2)
    with pytest.raises(triton.InferenceServerException, match=NAME):
        wrong.get_result(timeout=60)


def test_bodies_made_and_read_by_hand(client: Any) -> None:
    """For users who send the request with another HTTP library."""
    body, length = triton.InferenceServerClient.generate_request_body([tensor(ONES)])
    answer = client._post("v2/models/m/infer", body, {"Inference-Header-Content-Length": length}, None)
    result = triton.InferenceServerClient.parse_response_body(
        answer.read(), header_length=int(answer.get("Inference-Header-Content-Length"))
    )
    np.testing.assert_array_equal(result.as_numpy("a"), ONES + 2)


def test_requested_outputs(tmp_path: Path, front: FrontendChoice) -> None:
    entry = configuration.model("two", models.write(models.two_inputs(), tmp_path / "two"))
    x, y = np.full((1, 4), 5, np.float32), np.full((1, 4), 3, np.float32)
    with (
        ovserve.Server(configuration.document([entry]), rest_port=0, grpc_frontend=front) as server,
        triton.InferenceServerClient(f"127.0.0.1:{server.rest_port}") as client,
    ):
        inputs = [tensor(y, "y"), tensor(x, "x", binary=False)]
        wanted = [
            triton.InferRequestedOutput("difference", binary_data=True),
            triton.InferRequestedOutput("sum", binary_data=False),
        ]
        result = client.infer("two", inputs, outputs=wanted)
        np.testing.assert_array_equal(result.as_numpy("difference"), x - y)
        np.testing.assert_array_equal(result.as_numpy("sum"), x + y)
        assert [output["name"] for output in result.get_response()["outputs"]] == ["difference", "sum"]
        only = client.infer("two", inputs, outputs=wanted[:1]).get_response()["outputs"]
        assert [output["name"] for output in only] == ["difference"]


# The client has no JSON for FP16.
@pytest.mark.parametrize(
    ("dtype", "binary"),
    [(d, True) for d in models.DTYPES] + [(d, False) for d in models.DTYPES if d != "float16"],
)
def test_every_type(typed: Any, dtype: str, binary: bool) -> None:
    values = models.values_of(dtype)
    inputs = [tensor(values, "x", np_to_triton_dtype(values.dtype), binary)]
    outputs = [triton.InferRequestedOutput("y", binary_data=binary)]
    answer = typed.infer(dtype, inputs, outputs=outputs).as_numpy("y")
    assert answer.dtype == values.dtype
    np.testing.assert_array_equal(answer, values)


@pytest.mark.parametrize("binary_in", [True, False], ids=["binary", "json"])
@pytest.mark.parametrize("binary_out", [True, False], ids=["to binary", "to json"])
def test_strings(typed: Any, binary_in: bool, binary_out: bool) -> None:
    texts = np.array(["one", "", "drei \u00e4"], np.object_)
    outputs = [triton.InferRequestedOutput("y", binary_data=binary_out)]
    result = typed.infer("string", [tensor(texts, "x", "BYTES", binary_in)], outputs=outputs)
    answer = [text if isinstance(text, str) else text.decode() for text in result.as_numpy("y")]
    assert answer == list(texts)


def test_errors(client: Any) -> None:
    with pytest.raises(triton.InferenceServerException) as caught:
        client.infer("other", [tensor(ONES)])
    assert (caught.value.status(), caught.value.message()) == ("404", NAME)


NOT_OFFERED: dict[str, Callable[[Any], Any]] = {
    "get_model_config": lambda client: client.get_model_config("m"),
    "get_model_repository_index": lambda client: client.get_model_repository_index(),
    "load_model": lambda client: client.load_model("m"),
    "unload_model": lambda client: client.unload_model("m"),
    "get_inference_statistics": lambda client: client.get_inference_statistics("m"),
    "get_trace_settings": lambda client: client.get_trace_settings(),
    "update_trace_settings": lambda client: client.update_trace_settings(),
    "get_log_settings": lambda client: client.get_log_settings(),
    "update_log_settings": lambda client: client.update_log_settings({}),
    "get_system_shared_memory_status": lambda client: client.get_system_shared_memory_status(),
    "register_system_shared_memory": lambda client: client.register_system_shared_memory("x", "/x", 8),
    "unregister_system_shared_memory": lambda client: client.unregister_system_shared_memory(),
    "get_cuda_shared_memory_status": lambda client: client.get_cuda_shared_memory_status(),
    "unregister_cuda_shared_memory": lambda client: client.unregister_cuda_shared_memory(),
}


@pytest.mark.parametrize("call", list(NOT_OFFERED.values()), ids=list(NOT_OFFERED))
def test_what_is_triton_s_alone(client: Any, call: Callable[[Any], Any]) -> None:
    with pytest.raises(triton.InferenceServerException, match="Invalid request URL"):
        call(client)
