"""What clients are told about a version that is loading, failed, blacklisted or gone."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from harness.grpc_client import KSERVE, PREDICTION, GrpcClient
from harness.loader_server import ONES, LoaderServer
from harness.protos import Protos
from ovserve.config.frontend import FrontendChoice

NOT_FOUND = ("NOT_FOUND", "Model with requested version is not found")
RETIRED = ("NOT_FOUND", "Model with requested version is retired")
NOT_LOADED_YET = "Model with requested version is not loaded yet"
CAUSES = {
    "loading": "",
    "failed": ' - custom loader "hostile": loadModel for model "failed" version 1 threw: boom',
}
LOAD_WAIT_S = 0.5


class Asker:
    """Asks every API about one model."""

    def __init__(self, server: LoaderServer, client: GrpcClient) -> None:
        self._url = f"http://127.0.0.1:{server.server.rest_port}"
        self._client = client

    def predict(self, model: str, version: int | None = None) -> tuple[str, str]:
        request = self._client.predict_request(model, {"b": ONES}, version)
        return self._client.predict_refusal(request)

    def infer(self, model: str, version: str = "") -> tuple[str, str]:
        request = self._client.protos["inference.ModelInferRequest"](model_name=model, model_version=version)
        return self._client.refusal(KSERVE, "ModelInfer", request, "inference.ModelInferResponse")

    def metadata(self, model: str, version: int = 0) -> tuple[str, str]:
        request = self._client.protos["tensorflow.serving.GetModelMetadataRequest"]()
        request.metadata_field.append("signature_def")
        request.model_spec.name = model
        request.model_spec.version.value = version
        reply = "tensorflow.serving.GetModelMetadataResponse"
        return self._client.refusal(PREDICTION, "GetModelMetadata", request, reply)

    def ready(self, model: str, version: str) -> bool:
        request = self._client.protos["inference.ModelReadyRequest"](name=model, version=version)
        reply = self._client.call(KSERVE, "ModelReady", request, "inference.ModelReadyResponse")
        return bool(reply.ready)

    def rest(self, path: str, body: Any = None) -> tuple[int, Any]:
        method = "GET" if body is None else "POST"
        answer = requests.request(method, self._url + path, json=body, timeout=60)
        return answer.status_code, answer.json()


@pytest.fixture(scope="module")
def hostile(
    hostile_library: Path, tmp_path_factory: pytest.TempPathFactory, front: FrontendChoice
) -> Iterator[LoaderServer]:
    """Models ``loading`` (its load hangs), ``failed``, ``blacklisted`` and ``fine``."""
    folder = tmp_path_factory.mktemp("served")
    # The hanging one in another library: calls into one file wait for each other.
    other = folder / "libother.so"
    other.write_bytes(hostile_library.read_bytes())
    server = LoaderServer(
        hostile_library,
        folder,
        rest_port=0,
        load_wait_s=LOAD_WAIT_S,
        loader_call_deadline_s=0.5,
        frontend=front,
    )
    server.loaders.append(server.loader("hanging", library=other))
    release = folder / "release"
    server.models = [
        server.model("failed", behaviour="throw_std"),
        server.model("blacklisted", status_file="status"),
        server.model("fine"),
        server.model("loading", loader="hanging", behaviour="hang", release_file=str(release)),
    ]
    (folder / "blacklisted" / "1" / "status").write_text("DISABLED\n")
    with server:
        yield server
        release.touch()


@pytest.fixture
def ask(hostile: LoaderServer, protos: Protos) -> Iterator[Asker]:
    with GrpcClient(f"127.0.0.1:{hostile.server.grpc_port}", protos) as client:
        yield Asker(hostile, client)


@pytest.mark.parametrize("model", ["loading", "failed", "blacklisted"])
def test_default_version_is_refused_at_once(ask: Asker, model: str) -> None:
    assert ask.predict(model) == NOT_FOUND
    assert ask.infer(model) == NOT_FOUND
    assert ask.rest(f"/v1/models/{model}:predict", {"inputs": ONES.tolist()}) == (
        404,
        {"error": NOT_FOUND[1]},
    )
    assert ask.rest(f"/v2/models/{model}/ready") == (404, {"error": NOT_FOUND[1]})


@pytest.mark.parametrize("model", ["loading", "failed"])
def test_explicit_version_is_waited_for(ask: Asker, model: str) -> None:
    began = time.monotonic()
    refusal = ("UNAVAILABLE", NOT_LOADED_YET + CAUSES[model])
    assert ask.predict(model, 1) == refusal
    assert time.monotonic() - began >= LOAD_WAIT_S
    assert ask.infer(model, "1") == refusal
    path = f"/v1/models/{model}/versions/1:predict"
    assert ask.rest(path, {"inputs": ONES.tolist()}) == (503, {"error": refusal[1]})


def test_explicit_version_that_is_blacklisted(ask: Asker) -> None:
    assert ask.predict("blacklisted", 1) == RETIRED
    assert ask.infer("blacklisted", "1") == RETIRED
    path = "/v1/models/blacklisted/versions/1:predict"
    assert ask.rest(path, {"inputs": ONES.tolist()}) == (404, {"error": RETIRED[1]})
    assert ask.metadata("blacklisted", 1) == RETIRED


@pytest.mark.parametrize("model", ["loading", "failed"])
def test_metadata_does_not_wait(ask: Asker, model: str) -> None:
    assert ask.metadata(model, 1) == ("UNAVAILABLE", NOT_LOADED_YET + CAUSES[model])


@pytest.mark.parametrize("model", ["loading", "failed", "blacklisted"])
def test_a_named_version_is_not_ready(ask: Asker, model: str) -> None:
    assert not ask.ready(model, "1")
    assert ask.rest(f"/v2/models/{model}/versions/1/ready")[0] == 404


@pytest.mark.parametrize(
    ("model", "state", "code", "message"),
    [
        ("loading", "LOADING", "OK", "OK"),
        ("failed", "LOADING", "UNKNOWN", "UNKNOWN: "),
        ("blacklisted", "END", "OK", "OK"),
        ("fine", "AVAILABLE", "OK", "OK"),
    ],
)
def test_status(ask: Asker, model: str, state: str, code: str, message: str) -> None:
    status, body = ask.rest(f"/v1/models/{model}")
    (version,) = body["model_version_status"]
    assert (status, version["version"], version["state"]) == (200, "1", state)
    assert version["status"]["error_code"] == code
    assert version["status"]["error_message"].startswith(message)
    assert ask.rest("/v1/config")[1][model] == body


def test_server_is_ready_all_the_same(ask: Asker) -> None:
    assert ask.rest("/v1/models/fine:predict", {"inputs": ONES.tolist()}) == (200, {"outputs": [[2.0] * 10]})
