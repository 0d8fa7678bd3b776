"""tritonclient over gRPC, as its users use it: one call after another, in the background, and as a stream."""

import queue
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import tritonclient.grpc as triton
from tritonclient.utils import np_to_triton_dtype

import ovserve
from harness import models

ONES = np.ones((1, 10), np.float32)
NAME = "Model with requested name is not found"


@pytest.fixture
def client(plain_server: ovserve.Server) -> Iterator[Any]:
    with triton.InferenceServerClient(f"127.0.0.1:{plain_server.grpc_port}") as client:
        yield client


@pytest.fixture
def typed(typed_server: ovserve.Server) -> Iterator[Any]:
    with triton.InferenceServerClient(f"127.0.0.1:{typed_server.grpc_port}") as client:
        yield client


def tensor(values: "np.ndarray[Any, Any]", name: str = "b", datatype: str = "FP32") -> Any:
    made = triton.InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values)
    return made


def test_questions_about_the_server(client: Any) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    metadata = client.get_server_metadata()
    assert (metadata.name, metadata.version) == ("ovserve", ovserve.__version__)


def test_questions_about_a_model(client: Any) -> None:
    assert client.is_model_ready("m")
    assert client.is_model_ready("m", "1")
    metadata = client.get_model_metadata("m", as_json=True)
    assert metadata["versions"] == ["1", "2"]
    assert metadata["inputs"] == [{"name": "b", "datatype": "FP32", "shape": ["1", "10"]}]
    assert metadata["outputs"] == [{"name": "a", "datatype": "FP32", "shape": ["1", "10"]}]


@pytest.mark.parametrize("question", ["is_model_ready", "get_model_metadata"])
def test_questions_about_a_model_that_nobody_has(client: Any, question: str) -> None:
    with pytest.raises(triton.InferenceServerException) as caught:
        getattr(client, question)("other")
    assert (caught.value.status(), caught.value.message()) == ("StatusCode.NOT_FOUND", NAME)


def test_infer(client: Any) -> None:
    outputs = [triton.InferRequestedOutput("a")]
    result = client.infer("m", [tensor(ONES)], model_version="1", outputs=outputs, request_id="17")
    np.testing.assert_array_equal(result.as_numpy("a"), ONES + 1)
    assert result.get_response().id == "17"
    assert result.get_response().model_version == "1"
    assert result.get_output("a").datatype == "FP32"


def test_infer_in_the_background(client: Any) -> None:
    answers: queue.Queue[tuple[Any, Any]] = queue.Queue()
    client.async_infer("m", [tensor(ONES)], lambda result, error: answers.put((result, error)))
    client.async_infer("other", [tensor(ONES)], lambda result, error: answers.put((result, error)))
    both = [answers.get(timeout=60) for _ in range(2)]
    (result,) = [result for result, _ in both if result is not None]
    (error,) = [error for _, error in both if error is not None]
    np.testing.assert_array_equal(result.as_numpy("a"), ONES + 2)
    assert error.message() == NAME


@pytest.mark.parametrize("dtype", models.DTYPES)
def test_every_type(typed: Any, dtype: str) -> None:
    values = models.values_of(dtype)
    result = typed.infer(dtype, [tensor(values, "x", np_to_triton_dtype(values.dtype))])
    answer = result.as_numpy("y")
    assert answer.dtype == values.dtype
    np.testing.assert_array_equal(answer, values)


def test_strings(typed: Any) -> None:
    texts = np.array([b"one", b"", b"\xff\x00\xfe"], np.object_)
    result = typed.infer("string", [tensor(texts, "x", "BYTES")])
    assert list(result.as_numpy("y")) == list(texts)


def test_errors(client: Any) -> None:
    with pytest.raises(triton.InferenceServerException) as caught:
        client.infer("other", [tensor(ONES)])
    assert (caught.value.status(), caught.value.message()) == ("StatusCode.NOT_FOUND", NAME)


def test_stream(client: Any) -> None:
    """Every message is answered in its turn; one that is wrong costs the stream nothing."""
    answers: queue.Queue[tuple[Any, Any]] = queue.Queue()
    client.start_stream(lambda result, error: answers.put((result, error)))
    for request_id, model in enumerate(["m", "other", "m"]):
        client.async_stream_infer(model, [tensor(ONES)], request_id=str(request_id))
    (first, none), (nothing, error), (last, no_error) = [answers.get(timeout=60) for _ in range(3)]
    client.stop_stream()
    assert none is nothing is no_error is None
    np.testing.assert_array_equal(first.as_numpy("a"), ONES + 2)
    assert (first.get_response().id, last.get_response().id) == ("0", "2")
    assert error.message() == NAME


def test_a_stream_after_a_stream(client: Any) -> None:
    for version, amount in (("1", 1), ("2", 2)):
        answers: queue.Queue[tuple[Any, Any]] = queue.Queue()
        client.start_stream(lambda result, error, into=answers: into.put((result, error)))
        client.async_stream_infer("m", [tensor(ONES)], model_version=version)
        result, error = answers.get(timeout=60)
        client.stop_stream()
        assert error is None
        np.testing.assert_array_equal(result.as_numpy("a"), ONES + amount)


NOT_OFFERED: dict[str, Callable[[Any], Any]] = {
    "get_model_config": lambda client: client.get_model_config("m"),
    "get_model_repository_index": lambda client: client.get_model_repository_index(),
    "load_model": lambda client: client.load_model("m"),
    "unload_model": lambda client: client.unload_model("m"),
    "get_inference_statistics": lambda client: client.get_inference_statistics(),
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
    with pytest.raises(triton.InferenceServerException) as caught:
        call(client)
    assert caught.value.status() == "StatusCode.UNIMPLEMENTED"
