"""TorchServe's gRPC service for inferences, with a client that is made of its .proto file."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from harness.grpc_client import HEALTH, GrpcClient
from harness.protos import Protos
from harness.service_server import ServiceServer, write_service
from ovserve.config.frontend import FrontendChoice

SERVICE = "org.pytorch.serve.grpc.inference.InferenceAPIsService"
PACKAGE = "org.pytorch.serve.grpc.inference"

SHOW = """
    def handle(data, context):
        if data is None:
            return None
        return [{key: [type(value).__name__, value.decode()] for key, value in row.items()} for row in data]
"""
VERSIONED = """
    import os
    from ts.service import PredictionException
    from ts.handler_utils.utils import send_intermediate_predict_response

    def handle(data, context):
        if data is None:
            return None
        row = {key: bytes(value).decode() for key, value in data[0].items()}
        command = row.get("command", "")
        if command == "status":
            context.set_response_status(int(row["code"]), "as asked")
            return ["the handler's own text"]
        if command == "raise":
            raise PredictionException("no such picture", int(row["code"]))
        if command == "crash":
            raise RuntimeError("a secret")
        if command == "die":
            os._exit(3)
        if command == "sequence":
            return [context.get_request_header(0, "ts_request_sequence_id")]
        if command == "pieces":
            for i in range(3):
                send_intermediate_predict_response([f"piece {i};"], context.request_ids, "ok", 200, context)
            return ["end"]
        if command == "hang":
            import time
            open(row["file"], "w").close()
            time.sleep(600)
        return [b"plain"]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, front: FrontendChoice) -> Iterator[ServiceServer]:
    folder = tmp_path_factory.mktemp("grpc")
    write_service(folder / "store", "show", SHOW)
    write_service(folder / "store", "told", VERSIONED)
    with ServiceServer(folder / "store", folder, "--models", "ALL", front=front, grpc=True) as server:
        yield server.wait_until_ready()  # type: ignore[misc]


@pytest.fixture(scope="module")
def client(server: ServiceServer, protos: Protos) -> Iterator[GrpcClient]:
    with GrpcClient(server.address, protos) as client:
        yield client


def request(client: GrpcClient, model: str, version: str = "", **inputs: Any) -> Any:
    data = {
        name: value if isinstance(value, bytes) else str(value).encode() for name, value in inputs.items()
    }
    return client.protos[f"{PACKAGE}.PredictionsRequest"](model_name=model, model_version=version, input=data)


def predict(client: GrpcClient, model: str, version: str = "", **inputs: Any) -> bytes:
    reply = client.call(
        SERVICE, "Predictions", request(client, model, version, **inputs), f"{PACKAGE}.PredictionResponse"
    )
    prediction: bytes = reply.prediction
    return prediction


def refusal(client: GrpcClient, model: str, version: str = "", **inputs: Any) -> tuple[str, str]:
    return client.refusal(
        SERVICE, "Predictions", request(client, model, version, **inputs), f"{PACKAGE}.PredictionResponse"
    )


def test_inputs_are_bytearrays(client: GrpcClient) -> None:
    assert json.loads(predict(client, "show", data="abc", other=b'{"a": 1}')) == {
        "data": ["bytearray", "abc"],
        "other": ["bytearray", '{"a": 1}'],
    }
    assert json.loads(predict(client, "show", "1.0")) == {}


@pytest.mark.parametrize(
    ("model", "version", "code", "text"),
    [
        ("nobody", "", "NOT_FOUND", "Model not found: nobody"),
        ("show", "9", "NOT_FOUND", "Model version: 9 does not exist for model: show"),
        ("", "", "INVALID_ARGUMENT", "Parameter model_name is required."),
    ],
)
def test_models_that_are_not_there(
    client: GrpcClient, model: str, version: str, code: str, text: str
) -> None:
    assert refusal(client, model, version) == (code, text)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "INVALID_ARGUMENT"),
        (401, "UNAUTHENTICATED"),
        (404, "NOT_FOUND"),
        (409, "ABORTED"),
        (418, "FAILED_PRECONDITION"),
        (429, "RESOURCE_EXHAUSTED"),
        (501, "UNIMPLEMENTED"),
        (503, "UNAVAILABLE"),
        (507, "INTERNAL"),
        (599, "INTERNAL"),
    ],
)
def test_statuses_of_handlers(client: GrpcClient, status: int, code: str) -> None:
    assert refusal(client, "told", command="status", code=status) == (code, "the handler's own text")
    assert refusal(client, "told", command="raise", code=status) == (code, "no such picture")


def test_faults_of_handlers(client: GrpcClient) -> None:
    assert predict(client, "told", command="status", code=299) == b"the handler's own text"
    assert refusal(client, "told", command="crash") == ("UNAVAILABLE", "Prediction failed")
    assert refusal(client, "told", command="die") == ("INTERNAL", "Worker died.")
    assert predict(client, "told") == b"plain"


def test_sequence_ids_go_to_the_handler_and_back(client: GrpcClient) -> None:
    asked = request(client, "told", command="sequence")
    asked.sequence_id = "s-1"
    reply = client.call(SERVICE, "Predictions", asked, f"{PACKAGE}.PredictionResponse")
    assert (reply.prediction, reply.sequence_id) == (b"s-1", "s-1")


def test_pieces(client: GrpcClient) -> None:
    asked = request(client, "told", command="pieces")
    pieces = client.stream(SERVICE, "StreamPredictions", asked, f"{PACKAGE}.PredictionResponse")
    assert [each.prediction for each in pieces] == [b"piece 0;", b"piece 1;", b"piece 2;", b"end"]
    assert predict(client, "told", command="pieces") == b"piece 0;piece 1;piece 2;end"
    stream = client.stream(
        SERVICE, "StreamPredictions", request(client, "nobody"), f"{PACKAGE}.PredictionResponse"
    )
    with pytest.raises(grpc.RpcError) as error:
        next(stream)
    assert error.value.code() is grpc.StatusCode.NOT_FOUND


def test_deadlines_and_clients_that_leave(
    client: GrpcClient, tmp_path: Path, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    """The worker that hangs is replaced, so that the next request is answered."""
    for i, leave in enumerate((False, True)):
        marker = tmp_path / str(i)
        call = client.start(
            SERVICE,
            "Predictions",
            request(client, "told", command="hang", file=marker),
            f"{PACKAGE}.PredictionResponse",
            timeout_s=60.0 if leave else 3.0,
        )
        if leave:
            eventually(marker.exists)
            call.cancel()
            assert call.cancelled()
        else:
            assert call.exception().code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_sequences_over_one_stream_are_not_offered(client: GrpcClient) -> None:
    code, text = client.refusal(
        SERVICE, "StreamPredictions2", request(client, "show"), f"{PACKAGE}.PredictionResponse"
    )
    assert code == "UNIMPLEMENTED"
    assert "StreamPredictions2 is not offered" in text


def test_ping_and_the_standard_health_service(client: GrpcClient) -> None:
    reply = client.call(
        SERVICE, "Ping", client.protos["google.protobuf.Empty"](), f"{PACKAGE}.TorchServeHealthResponse"
    )
    assert json.loads(reply.health) == {"status": "Healthy"}
    check = client.protos["grpc.health.v1.HealthCheckRequest"]()
    assert client.call(HEALTH, "Check", check, "grpc.health.v1.HealthCheckResponse").status == 1


def test_malformed_and_large_messages(server: ServiceServer, client: GrpcClient) -> None:
    channel = grpc.insecure_channel(server.address)
    with channel:
        call = channel.unary_unary(f"/{SERVICE}/Predictions")
        for message in (
            b"\x0a\xff",
            b"\xff" * 11,
            b"\x0a\x02\xff\xfe",
            b"\x08\x01",
            b"\x1a\x02\x0a\x09",
            b"\x0b",
        ):
            with pytest.raises(grpc.RpcError) as error:
                call(message, timeout=60)
            assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT, message
        with pytest.raises(grpc.RpcError) as error:
            next(channel.unary_stream(f"/{SERVICE}/StreamPredictions")(b"\x0a\xff", timeout=60))
        assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    code, text = refusal(client, "show", data=b"x" * 6_553_501)
    assert code == "RESOURCE_EXHAUSTED"
    assert "larger than 6553500 bytes (max_request_size)" in text
    assert refusal(client, "show", **{f"i{i}": b"" for i in range(1001)})[0] == "INVALID_ARGUMENT"


def test_many_at_a_time(client: GrpcClient) -> None:
    wrong: list[object] = []

    def ask(number: int) -> None:
        for i in range(25):
            answer = json.loads(predict(client, "show", data=f"{number}-{i}"))
            if answer != {"data": ["bytearray", f"{number}-{i}"]}:
                wrong.append(answer)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
