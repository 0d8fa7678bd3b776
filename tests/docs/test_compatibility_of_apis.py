"""docs/compatibility.md is true: what it says about endpoints, types and metrics is what a server answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from tritonclient.grpc import service_pb2

from harness.data_types import DATA_TYPES
from harness.fake_core import FakeCore
from harness.loader_server import ONES, LoaderServer
from harness.markdown_tables import read_tables
from harness.protos import Protos
from harness.tensor_paths import TENSOR_PATHS
from ovserve.config.metrics import DEFAULT_FAMILIES, FAMILIES
from ovserve.rest_api.config import ConfigRoutes
from ovserve.rest_api.kserve import KServeRoutes
from ovserve.rest_api.metrics import MetricsRoutes
from ovserve.rest_api.routes import Route
from ovserve.rest_api.tfs import TfsRoutes

TABLES = read_tables(Path(__file__).parents[2] / "docs/compatibility.md")


def rows(heading: str) -> list[Any]:
    """Return (name, word) of each name in a table, as parameters of a test."""
    return [
        pytest.param(name, row.cells["ovserve"], id=name) for row in TABLES[heading] for name in row.names
    ]


@pytest.fixture(scope="module")
def served(hostile_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoaderServer]:
    """A server with model ``m``, through a loader, and with every metric on."""
    folder = tmp_path_factory.mktemp("served")
    server = LoaderServer(hostile_library, folder, rest_port=0, metrics=frozenset(FAMILIES))
    server.models = [server.model("m")]
    with server:
        yield server


# gRPC


def answers(served: LoaderServer, method: str) -> bool:
    """Return whether a method is implemented: an empty message is answered, or refused for what it lacks."""
    with grpc.insecure_channel(f"127.0.0.1:{served.server.grpc_port}") as channel:
        call = channel.unary_stream(f"/{method}")(b"", timeout=60)
        try:
            next(call)
        except grpc.RpcError as error:
            return error.code() is not grpc.StatusCode.UNIMPLEMENTED
        finally:
            call.cancel()
    return True


@pytest.mark.parametrize(("method", "word"), rows("gRPC"))
def test_method(served: LoaderServer, method: str, word: str) -> None:
    assert answers(served, method) == (word != "refused")


def test_every_method_has_a_row(protos: Protos) -> None:
    service = service_pb2.DESCRIPTOR.services_by_name["GRPCInferenceService"]
    of_triton = {f"{service.full_name}/{method.name}" for method in service.methods}
    described = {name for row in TABLES["gRPC"] for name in row.names}
    assert protos.methods | of_triton <= described


# REST

_BODIES = {
    ":predict": {"instances": [{"b": ONES[0].tolist()}]},
    "/infer": {
        "inputs": [{"name": "b", "shape": [1, 10], "datatype": "FP32", "data": ONES.tolist()}],
    },
}


def concrete(path: str) -> str:
    """Return the path for version 1 of model ``m``."""
    return path.replace("NAME", "m").replace("/N", "/1").replace("/L", "/stable")


@pytest.mark.parametrize(("request_line", "word"), rows("REST"))
def test_request(served: LoaderServer, request_line: str, word: str) -> None:
    method, path = request_line.split()
    body = next((body for end, body in _BODIES.items() if path.endswith(end)), None)
    url = f"http://127.0.0.1:{served.server.rest_port}{concrete(path)}"
    answer = requests.request(method, url, json=body, timeout=60)
    if word == "refused":
        assert answer.status_code in (400, 404)
        assert answer.json()["error"]
    else:
        assert answer.status_code == 200, answer.text


def routes() -> list[Route]:
    core: Any = FakeCore()
    return [
        *TfsRoutes(core).routes(),
        *KServeRoutes(core).routes(),
        *ConfigRoutes(core, lambda: core).routes(),
        *MetricsRoutes(core).routes(),
    ]


@pytest.mark.parametrize("route", routes(), ids=lambda route: f"{route.method} {route.pattern.pattern}")
def test_every_route_has_a_row(route: Route) -> None:
    described = [name.split() for row in TABLES["REST"] for name in row.names]
    assert any(
        method == route.method and route.parameters(concrete(path)) is not None for method, path in described
    )


# Data types; test_round_trips.py sends each of them in each way

_COLUMNS = {
    "TFS gRPC tensor_content": "TFS gRPC tensor_content",
    "TFS gRPC typed values": "TFS gRPC typed values",
    "TFS REST": "TFS REST column",
    "KServe gRPC raw": "KServe gRPC raw",
    "KServe gRPC typed contents": "KServe gRPC typed contents",
    "KServe REST JSON": "KServe REST JSON to JSON",
    "KServe REST binary": "KServe REST binary to binary",
}


@pytest.mark.parametrize("column", list(_COLUMNS))
def test_data_types(column: str) -> None:
    (path,) = [path for path in TENSOR_PATHS if path.name == _COLUMNS[column]]
    described = {name: row.cells[column] for row in TABLES["Data types"] for name in row.names}
    assert described == {
        data_type.kserve: "no" if data_type in path.excluded else "yes" for data_type in DATA_TYPES
    }


# Metrics


def test_every_metric_has_a_row() -> None:
    assert {name for row in TABLES["Metrics"] for name in row.names} == set(FAMILIES)


def test_metrics(served: LoaderServer) -> None:
    answer = requests.get(f"http://127.0.0.1:{served.server.rest_port}/metrics", timeout=60)
    found = {
        family.name: (family.type, {label for s in family.samples for label in s.labels} - {"le"})
        for family in text_string_to_metric_families(answer.text)
    }
    described = {
        name: (row.cells["type"], {label.strip() for label in row.cells["labels"].split(",")})
        for row in TABLES["Metrics"]
        if row.cells["ovserve"] != "no effect"
        for name in row.names
    }
    assert found == described


def test_default_metrics() -> None:
    default = {name for row in TABLES["Metrics"] if row.cells["default"] == "yes" for name in row.names}
    assert default == set(DEFAULT_FAMILIES)
