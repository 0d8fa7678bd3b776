"""C++ gRPC and node's @grpc/grpc-js as clients of the native front: of a whole server, and of the echo."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ovserve
from harness import configuration, models
from harness.echo_server import EchoServer
from harness.foreign_clients import ForeignClient, cpp_client, node_client
from harness.protos import Protos

PREDICT = "/tensorflow.serving.PredictionService/Predict"
INFER = "/inference.GRPCInferenceService/ModelInfer"
STREAM_INFER = "/inference.GRPCInferenceService/ModelStreamInfer"
ONES = np.ones((1, 10), np.float32)
MAKERS: dict[str, Callable[[Path], ForeignClient]] = {"C++": cpp_client, "node": node_client}
INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND, UNIMPLEMENTED = 3, 4, 5, 12


@pytest.fixture(scope="module", params=list(MAKERS))
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ForeignClient:
    return MAKERS[request.param](tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with models ``m``, and ``batched``, which answers when three more have asked."""
    path = models.write(models.add_constant(), tmp_path_factory.mktemp("models") / "m")
    batching = {"max_batch": 4, "max_delay_us": 10_000_000}
    entries = [configuration.model("m", path), configuration.model("batched", path, batching=batching)]
    with ovserve.Server(configuration.document(entries), grpc_frontend="native") as server:
        yield f"127.0.0.1:{server.grpc_port}"


def infer_request(protos: Protos, value: float = 1.0, model: str = "m", **fields: str) -> Any:
    request = protos["inference.ModelInferRequest"](model_name=model, **fields)
    request.inputs.add(name="b", datatype="FP32", shape=[1, 10])
    request.raw_input_contents.append((ONES * value).tobytes())
    return request


def test_infer(client: ForeignClient, target: str, protos: Protos) -> None:
    outcome = client.unary(target, INFER, infer_request(protos, id="seven").SerializeToString())
    assert (outcome.code, outcome.details) == (0, "")
    (reply,) = map(protos["inference.ModelInferResponse"].FromString, outcome.replies)
    assert (reply.id, reply.model_version) == ("seven", "1")
    assert reply.raw_output_contents[0] == (ONES + 1).tobytes()


def test_predict(client: ForeignClient, target: str, protos: Protos) -> None:
    request = protos["tensorflow.serving.PredictRequest"]()
    request.model_spec.name = "m"
    request.inputs["b"].dtype = 1
    for size in ONES.shape:
        request.inputs["b"].tensor_shape.dim.add(size=size)
    request.inputs["b"].tensor_content = ONES.tobytes()
    outcome = client.unary(target, PREDICT, request.SerializeToString())
    assert outcome.code == 0
    (reply,) = map(protos["tensorflow.serving.PredictResponse"].FromString, outcome.replies)
    assert reply.outputs["a"].tensor_content == (ONES + 1).tobytes()


def test_a_stream_of_inferences(client: ForeignClient, target: str, protos: Protos) -> None:
    messages = [infer_request(protos, i).SerializeToString() for i in range(20)]
    outcome = client.stream(target, STREAM_INFER, messages)
    assert (outcome.code, len(outcome.replies)) == (0, 20)
    for i, reply in enumerate(outcome.replies):
        inferred = protos["inference.ModelStreamInferResponse"].FromString(reply)
        assert inferred.error_message == ""
        assert inferred.infer_response.raw_output_contents[0] == (ONES * i + 1).tobytes()


def test_a_deadline_ends_the_call(client: ForeignClient, target: str, protos: Protos) -> None:
    waiting = infer_request(protos, model="batched").SerializeToString()
    assert client.unary(target, INFER, waiting, "--deadline-ms", "300").code == DEADLINE_EXCEEDED
    outcome = client.stream(target, STREAM_INFER, [waiting], "--deadline-ms", "300")
    assert (outcome.code, outcome.replies) == (DEADLINE_EXCEEDED, [])
    assert client.unary(target, INFER, infer_request(protos).SerializeToString()).code == 0


def test_errors_and_their_text(client: ForeignClient, target: str, protos: Protos) -> None:
    request = infer_request(protos)
    request.inputs[0].datatype = "100 % größer"  # percent-encoded on the wire
    outcome = client.unary(target, INFER, request.SerializeToString())
    assert outcome.code == INVALID_ARGUMENT
    assert "100 % größer" in outcome.details
    unknown = client.unary(target, INFER, infer_request(protos, model="nobody").SerializeToString())
    assert (unknown.code, unknown.details) == (NOT_FOUND, "Model with requested name is not found")
    assert client.unary(target, "/no.such.Service/Method", b"").code == UNIMPLEMENTED


def test_compressed_requests(client: ForeignClient, target: str, protos: Protos) -> None:
    outcome = client.unary(target, INFER, infer_request(protos).SerializeToString(), "--gzip")
    (reply,) = map(protos["inference.ModelInferResponse"].FromString, outcome.replies)
    assert reply.raw_output_contents[0] == (ONES + 1).tobytes()


def test_compressed_both_ways(client: ForeignClient) -> None:
    with EchoServer("--compress") as echo:
        target = f"127.0.0.1:{echo.grpc_port}"
        for message in (b"short", b"long " * 100_000):
            for flags in ((), ("--gzip",)):
                assert client.unary(target, "/echo.Echo/Unary", message, *flags).replies == [message]
                assert (
                    client.stream(target, "/echo.Echo/Stream", [message] * 3, *flags).replies == [message] * 3
                )


def test_large_messages(client: ForeignClient) -> None:
    message = bytes(range(256)) * 12_000  # more than a flow control window, less than what clients take
    with EchoServer() as echo:
        target = f"127.0.0.1:{echo.grpc_port}"
        assert client.unary(target, "/echo.Echo/Unary", message).replies == [message]


def test_status_with_metadata(client: ForeignClient) -> None:
    with EchoServer() as echo:
        flags = ("--metadata", "x-code=5", "--metadata", "x-message=100% gone")
        outcome = client.unary(f"127.0.0.1:{echo.grpc_port}", "/echo.Echo/Fail", b"", *flags)
    assert (outcome.code, outcome.details) == (NOT_FOUND, "100% gone")
