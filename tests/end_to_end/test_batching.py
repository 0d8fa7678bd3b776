"""The key ``batching``: requests of several clients run as one, and nobody notices."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import ovmsclient
import pytest
import requests
import tritonclient.grpc
import tritonclient.http
from prometheus_client.parser import text_string_to_metric_families

import ovserve
from harness import configuration, models
from harness.loader_server import LoaderServer
from ovserve.config.frontend import FrontendChoice

NEVER = {"max_batch": 4, "max_delay_us": 10_000_000}
Predict = Callable[[str, "np.ndarray[Any, Any]"], "np.ndarray[Any, Any]"]


@pytest.fixture(scope="module")
def server(
    hostile_library: Path, tmp_path_factory: pytest.TempPathFactory, front: FrontendChoice
) -> Iterator[LoaderServer]:
    """Models that run what fills a batch of four: ``m``, ``loaded``, and ``open`` to any first dimension."""
    server = LoaderServer(
        hostile_library,
        tmp_path_factory.mktemp("batching"),
        rest_port=0,
        metrics=frozenset({"ovserve_waiting_requests", "ovms_requests_success", "ovms_infer_req_active"}),
        frontend=front,
    )
    models.write(models.add_constant(shape=(-1, 10)), server.folder / "open")
    server.models = [
        configuration.model("m", server.base_path("m", 1), batching=NEVER),
        server.model("loaded", keys={"batching": NEVER}),
        configuration.model("open", server.folder / "open", batching=NEVER),
    ]
    with server:
        yield server


def tfs(kind: str, port: int | None) -> Predict:
    client = getattr(ovmsclient, f"make_{kind}_client")(f"127.0.0.1:{port}")
    return lambda model, data: client.predict({"b": data}, model)


def kserve(module: Any, port: int | None) -> Predict:
    def predict(model: str, data: "np.ndarray[Any, Any]") -> Any:
        with module.InferenceServerClient(f"127.0.0.1:{port}") as client:
            tensor = module.InferInput("b", list(data.shape), "FP32")
            tensor.set_data_from_numpy(data)
            return client.infer(model, [tensor]).as_numpy("a")

    return predict


def clients(server: ovserve.Server) -> dict[str, Predict]:
    return {
        "TFS gRPC": tfs("grpc", server.grpc_port),
        "TFS REST": tfs("http", server.rest_port),
        "KServe gRPC": kserve(tritonclient.grpc, server.grpc_port),
        "KServe REST": kserve(tritonclient.http, server.rest_port),
    }


def metric(server: LoaderServer, family_name: str, /, **labels: str) -> float:
    text = requests.get(f"http://127.0.0.1:{server.server.rest_port}/metrics", timeout=60).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.removesuffix("_total") == family_name and labels.items() <= sample.labels.items()
    )


def await_waiting(server: LoaderServer, model: str, count: int) -> None:
    deadline = time.monotonic() + 60
    while metric(server, "ovserve_waiting_requests", name=model) != count:
        assert time.monotonic() < deadline, f"there never were {count} requests that wait"
        time.sleep(0.01)


def rows(value: float, count: int = 1) -> "np.ndarray[Any, Any]":
    return np.full((count, 10), value, np.float32)


@pytest.mark.parametrize("model", ["m", "loaded", "open"])
def test_requests_of_every_api_share_a_batch(server: LoaderServer, model: str) -> None:
    before = metric(server, "ovms_requests_success", name=model)
    with ThreadPoolExecutor(4) as pool:
        sent: list[tuple[float, Future[Any]]] = []
        for i, predict in enumerate(clients(server.server).values()):
            sent.append((float(i), pool.submit(predict, model, rows(i))))
            await_waiting(server, model, (i + 1) % 4)  # the fourth makes the batch full
        for value, future in sent:
            np.testing.assert_array_equal(future.result(60), rows(value + 1))
    assert metric(server, "ovms_requests_success", name=model) == before + 4
    assert metric(server, "ovms_infer_req_active", name=model) == 0


def test_a_request_counts_by_its_rows(server: LoaderServer) -> None:
    predict = clients(server.server)["KServe gRPC"]
    np.testing.assert_array_equal(predict("open", rows(1, 4)), rows(2, 4))
    np.testing.assert_array_equal(predict("open", rows(1, 9)), rows(2, 9))
    with ThreadPoolExecutor(1) as pool:
        three = pool.submit(predict, "open", rows(5, 3))
        await_waiting(server, "open", 1)
        np.testing.assert_array_equal(predict("open", rows(7)), rows(8))
        np.testing.assert_array_equal(three.result(60), rows(6, 3))


def test_a_wrong_request_costs_the_others_nothing(server: LoaderServer) -> None:
    predict = clients(server.server)["KServe gRPC"]
    with ThreadPoolExecutor(3) as pool:
        sent = [pool.submit(predict, "m", rows(i)) for i in range(3)]
        await_waiting(server, "m", 3)
        with pytest.raises(tritonclient.grpc.InferenceServerException, match="Invalid input batch size"):
            predict("m", rows(1, 2))
        with pytest.raises(tritonclient.grpc.InferenceServerException, match="Invalid input shape"):
            predict("m", np.zeros((1, 9), np.float32))
        np.testing.assert_array_equal(predict("m", rows(3)), rows(4))
        for i, future in enumerate(sent):
            np.testing.assert_array_equal(future.result(60), rows(i + 1))


def test_clients_see_the_model_as_it_was(server: LoaderServer) -> None:
    assert [info.shape for info in server.server.metadata("m").inputs] == [[1, 10]]
    assert [info.shape for info in server.server.metadata("m").outputs] == [[1, 10]]
    assert [info.shape for info in server.server.metadata("open").inputs] == [[-1, 10]]


def test_an_unload_waits_for_what_is_gathered(hostile_library: Path, tmp_path: Path) -> None:
    server = LoaderServer(
        hostile_library, tmp_path, rest_port=0, metrics=frozenset({"ovserve_waiting_requests"})
    )
    server.models = [server.model("m", keys={"batching": {"max_batch": 4, "max_delay_us": 3_000_000}})]
    with server, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(clients(server.server)["KServe gRPC"], "m", rows(1))
        await_waiting(server, "m", 1)
        server.models = []
        server.reload()
        np.testing.assert_array_equal(waiting.result(60), rows(2))
        assert server.states("m") == {1: "END"}


def test_a_model_that_takes_no_batch_is_out_with_the_cause(hostile_library: Path, tmp_path: Path) -> None:
    server = LoaderServer(hostile_library, tmp_path)
    models.write(models.identity(ov.Type.f32, (1, 3)), tmp_path / "fixed")
    server.models = [
        configuration.model("fixed", tmp_path / "fixed", batching=NEVER),
        configuration.model("small", server.base_path("small", 1), batching={"max_batch": 2}, batch_size=2),
        configuration.model("good", server.base_path("good", 1), batching={"max_batch": 2}),
    ]
    with server:
        assert "batching does not fit: the model takes no batch of 2" in server.cause("fixed")
        assert (
            "batching does not fit: max_batch 2 has no room for two requests, each of 2 rows"
            in server.cause("small")
        )
        assert server.infer("good") == 1.0
