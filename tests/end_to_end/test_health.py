"""The standard gRPC health service."""

from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest

import ovserve
from harness import configuration
from harness.grpc_client import HEALTH, GrpcClient
from harness.protos import Protos
from ovserve._core import NativeFront
from ovserve.config.frontend import FrontendChoice
from ovserve.grpc_api.health import MAX_WATCHERS

REPLY = "grpc.health.v1.HealthCheckResponse"
SERVING, NOT_SERVING, SERVICE_UNKNOWN = 1, 2, 3


@pytest.mark.parametrize(
    "service", ["", "tensorflow.serving.PredictionService", "inference.GRPCInferenceService"]
)
def test_check(client: GrpcClient, service: str) -> None:
    request = client.protos["grpc.health.v1.HealthCheckRequest"](service=service)
    assert client.call(HEALTH, "Check", request, REPLY).status == SERVING


def test_check_of_an_unknown_service(client: GrpcClient) -> None:
    request = client.protos["grpc.health.v1.HealthCheckRequest"](service="other")
    assert client.refusal(HEALTH, "Check", request, REPLY)[0] == "NOT_FOUND"


def test_watch_of_an_unknown_service(client: GrpcClient) -> None:
    request = client.protos["grpc.health.v1.HealthCheckRequest"](service="other")
    stream = client.stream(HEALTH, "Watch", request, REPLY)
    assert next(stream).status == SERVICE_UNKNOWN
    stream.cancel()


def test_watch_tells_the_end_of_the_server(add_one: Path, protos: Protos, front: FrontendChoice) -> None:
    document = configuration.document([configuration.model("m", add_one)])
    server = ovserve.Server(document, grpc_frontend=front).start()
    with GrpcClient(f"127.0.0.1:{server.grpc_port}", protos) as client:
        stream = client.stream(HEALTH, "Watch", protos["grpc.health.v1.HealthCheckRequest"](), REPLY)
        assert next(stream).status == SERVING
        assert server.stop()
        assert [reply.status for reply in stream] == [NOT_SERVING]


MOST_WATCHERS = {"grpcio": MAX_WATCHERS, "native": NativeFront.MAX_WATCHERS}


@pytest.fixture
def lonely_client(protos: Protos, front: FrontendChoice) -> Iterator[GrpcClient]:
    """The only client of its server."""
    with (
        ovserve.Server(configuration.document([]), grpc_frontend=front) as server,
        GrpcClient(f"127.0.0.1:{server.grpc_port}", protos) as client,
    ):
        yield client


def test_watchers_are_limited(
    lonely_client: GrpcClient,
    front: FrontendChoice,
    eventually: Callable[[Callable[[], bool]], None],
) -> None:
    client = lonely_client
    most = MOST_WATCHERS[front]
    request = client.protos["grpc.health.v1.HealthCheckRequest"]()
    streams = [client.stream(HEALTH, "Watch", request, REPLY) for _ in range(most)]
    assert [next(stream).status for stream in streams] == [SERVING] * most
    with pytest.raises(grpc.RpcError) as caught:
        next(client.stream(HEALTH, "Watch", request, REPLY))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert caught.value.details() == f"{most} health watchers are connected, which is the limit; use Check"
    for stream in streams:
        stream.cancel()

    def another_may_watch() -> bool:
        try:
            stream = client.stream(HEALTH, "Watch", request, REPLY)
            answered = next(stream).status == SERVING
            stream.cancel()
            return answered
        except grpc.RpcError:
            return False

    eventually(another_may_watch)
