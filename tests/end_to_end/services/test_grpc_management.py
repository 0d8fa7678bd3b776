"""TorchServe's gRPC service for management, with a client that is made of its .proto file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from harness.grpc_client import HEALTH, KSERVE, GrpcClient
from harness.protos import Protos
from harness.service_server import ServiceServer, write_service

SERVICE = "org.pytorch.serve.grpc.management.ManagementAPIsService"
PACKAGE = "org.pytorch.serve.grpc.management"
INFERENCE = "org.pytorch.serve.grpc.inference"
MESSAGES = {
    "DescribeModel": "DescribeModelRequest",
    "ListModels": "ListModelsRequest",
    "RegisterModel": "RegisterModelRequest",
    "ScaleWorker": "ScaleWorkerRequest",
    "SetDefault": "SetDefaultRequest",
    "UnregisterModel": "UnregisterModelRequest",
}
HELLO = """
    def handle(data, context):
        if data is None:
            return None
        if context.get_all_request_header(0).get("describe"):
            return [{"what": "hello"}]
        return ["hello"] * len(data)
"""


class Management:
    """Calls the service."""

    def __init__(self, client: GrpcClient) -> None:
        self._client = client

    def _request(self, method: str, fields: dict[str, Any]) -> Any:
        return self._client.protos[f"{PACKAGE}.{MESSAGES[method]}"](**fields)

    def __call__(self, method: str, **fields: Any) -> str:
        request = self._request(method, fields)
        text: str = self._client.call(SERVICE, method, request, f"{PACKAGE}.ManagementResponse").msg
        return text

    def refusal(self, method: str, **fields: Any) -> tuple[str, str]:
        request = self._request(method, fields)
        return self._client.refusal(SERVICE, method, request, f"{PACKAGE}.ManagementResponse")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("grpc_management") / "store"


@pytest.fixture(scope="module")
def server(store: Path) -> Iterator[ServiceServer]:
    write_service(store, "hello", HELLO)
    with ServiceServer(store, store.parent, grpc=True) as server:
        yield server.wait_until_ready()  # type: ignore[misc]


@pytest.fixture(scope="module")
def manage(server: ServiceServer, protos: Protos) -> Iterator[Management]:
    with GrpcClient(f"127.0.0.1:{server.grpc_management_port}", protos) as client:
        yield Management(client)


def test_the_life_of_a_service(server: ServiceServer, manage: Management) -> None:
    assert manage("RegisterModel", url="hello") == (
        'Model "hello" Version: 1.0 registered with 0 initial workers.'
        " Use scale workers API to add workers for the model."
    )
    code, text = manage.refusal("RegisterModel", url="hello")
    assert (code, text) == ("ABORTED", "Model version 1.0 is already registered for model hello")
    assert manage("ScaleWorker", model_name="hello", min_worker=1) == "Processing worker updates..."
    scaled = manage("ScaleWorker", model_name="hello", min_worker=2, synchronous=True)
    assert scaled == "Workers scaled to 2 for model: hello"
    assert server.predict("hello").body == b"hello"
    (described,) = json.loads(manage("DescribeModel", model_name="hello", customized=True))
    assert (described["minWorkers"], described["customizedMetadata"]) == (2, {"what": "hello"})
    assert manage("SetDefault", model_name="hello", model_version="1.0") == (
        'Default version successfully updated for model "hello" to "1.0"'
    )
    # A zero that is sent counts, unlike one that is left out.
    to_zero = manage("ScaleWorker", model_name="hello", min_worker=0, max_worker=0, synchronous=True)
    assert to_zero == "Workers scaled to 0 for model: hello"
    assert server.predict("hello").status == 503
    assert manage("UnregisterModel", model_name="hello") == 'Model "hello" unregistered'
    assert server.predict("hello").status == 404


def test_registering_waits_unless_told_otherwise(manage: Management) -> None:
    assert manage(
        "RegisterModel",
        url="hello",
        model_name="waited",
        initial_workers=1,
        batch_size=4,
        max_batch_delay=7,
        response_timeout=11,
        startup_timeout=12,
    ) == ('Model "waited" Version: 1.0 registered with 1 initial workers')
    (described,) = json.loads(manage("DescribeModel", model_name="waited", model_version="all"))
    assert [
        described[key] for key in ("batchSize", "maxBatchDelay", "responseTimeout", "startupTimeout")
    ] == [4, 7, 11, 12]
    begun = manage("RegisterModel", url="hello", model_name="begun", initial_workers=1, synchronous=False)
    assert begun == "Processing worker updates..."
    for name in ("waited", "begun"):
        manage("UnregisterModel", model_name=name)


def test_lists_are_not_empty_without_a_limit(manage: Management) -> None:
    names = [f"listed{i}" for i in range(3)]
    for name in names:
        manage("RegisterModel", url="hello", model_name=name)
    page = json.loads(manage("ListModels"))
    assert page == {"models": [{"modelName": name, "modelUrl": "hello"} for name in names]}
    first = json.loads(manage("ListModels", limit=2))
    second = json.loads(manage("ListModels", limit=2, next_page_token=int(first["nextPageToken"])))
    assert [model["modelName"] for page in (first, second) for model in page["models"]] == names
    for name in names:
        manage("UnregisterModel", model_name=name)


@pytest.mark.parametrize(
    ("method", "fields", "code", "text"),
    [
        ("RegisterModel", {}, "INVALID_ARGUMENT", "Parameter url is required."),
        ("RegisterModel", {"url": "x.mar"}, "NOT_FOUND", "Model not found at: x.mar"),
        ("RegisterModel", {"url": "hello", "runtime": "cobol"}, "INVALID_ARGUMENT", "Invalid RuntimeType"),
        ("RegisterModel", {"url": "hello", "batch_size": -1}, "INVALID_ARGUMENT", "Parameter batch_size mu"),
        ("DescribeModel", {"model_name": "nobody"}, "NOT_FOUND", "Model not found: nobody"),
        ("DescribeModel", {}, "INVALID_ARGUMENT", "Parameter model_name is required."),
        ("ScaleWorker", {"model_name": "nobody"}, "NOT_FOUND", "Model not found: nobody"),
        ("SetDefault", {"model_name": "nobody"}, "INVALID_ARGUMENT", "Parameter model_version is required."),
        ("UnregisterModel", {"model_name": "nobody"}, "NOT_FOUND", "Model not found: nobody"),
    ],
)  # fmt: skip
def test_refusals(manage: Management, method: str, fields: dict[str, Any], code: str, text: str) -> None:
    found = manage.refusal(method, **fields)
    assert found[0] == code
    assert found[1].startswith(text)


def test_what_the_model_api_is_not_switched_on_for(tmp_path: Path, protos: Protos) -> None:
    write_service(tmp_path / "store", "hello", HELLO)
    with (
        ServiceServer(
            tmp_path / "store", tmp_path, "--models", "hello", model_api=False, grpc=True
        ) as server,
        GrpcClient(f"127.0.0.1:{server.grpc_management_port}", protos) as client,
    ):
        server.wait_until_ready()
        manage = Management(client)
        for method, fields in (("RegisterModel", {"url": "hello"}), ("UnregisterModel", {"model_name": "x"})):
            code, text = manage.refusal(method, **fields)
            assert code == "PERMISSION_DENIED"
            assert "--enable_model_api" in text
        assert json.loads(manage("DescribeModel", model_name="hello"))


def _code(server: ServiceServer, port: int, method: str, key: str | None) -> str:
    metadata = () if key is None else (("authorization", key),)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            channel.unary_unary(f"/{method}")(b"", timeout=60, metadata=metadata)
        except grpc.RpcError as error:
            return str(error.code().name)
    return "OK"


def test_keys(tmp_path: Path) -> None:
    write_service(tmp_path / "store", "hello", HELLO)
    with ServiceServer(tmp_path / "store", tmp_path, "--models", "hello", tokens=True, grpc=True) as server:
        server.wait_until_ready()
        keys = server.keys()
        management, inference = keys["management"], keys["inference"]
        listing = f"{SERVICE}/ListModels"
        asked = [
            _code(server, server.grpc_management_port, listing, key) for key in (None, "Bearer x", inference)
        ]
        assert asked == ["UNAUTHENTICATED", "UNAUTHENTICATED", "PERMISSION_DENIED"]
        assert _code(server, server.grpc_management_port, listing, management) == "OK"
        for method in (
            f"{INFERENCE}.InferenceAPIsService/Predictions",
            f"{INFERENCE}.InferenceAPIsService/StreamPredictions",
            f"{KSERVE}/ModelInfer",
            f"{KSERVE}/ModelStreamInfer",
            "tensorflow.serving.PredictionService/Predict",
        ):
            assert _code(server, server.port, method, None) == "UNAUTHENTICATED", method
            assert _code(server, server.port, method, management) == "PERMISSION_DENIED", method
            assert _code(server, server.port, method, inference) not in (
                "UNAUTHENTICATED",
                "PERMISSION_DENIED",
            )
        for method in (f"{INFERENCE}.InferenceAPIsService/Ping", f"{KSERVE}/ServerReady", f"{HEALTH}/Check"):
            assert _code(server, server.port, method, None) == "OK", method
