"""What Prometheus reads: names, labels, buckets and counts, after requests over every API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

import ovserve
from harness import configuration, models
from harness.grpc_client import KSERVE, MODEL, PREDICTION, GrpcClient
from harness.loader_server import LoaderServer
from harness.protos import Protos
from ovserve.config.frontend import FrontendChoice
from ovserve.config.metrics import DEFAULT_FAMILIES

ONES = np.ones((1, 10), np.float32)
BUCKETS = [f"{int(10 * 1.8**i)}" for i in range(33)]
METHODS = {
    "KServe": ("ModelInfer", "ModelMetadata", "ModelReady"),
    "TensorFlowServing": ("Predict", "GetModelMetadata", "GetModelStatus"),
}


class Scrape:
    """The samples of one scrape, by name and labels."""

    def __init__(self, server: ovserve.Server, query: str = "") -> None:
        answer = requests.get(f"http://127.0.0.1:{server.rest_port}/metrics{query}", timeout=60)
        assert answer.status_code == 200
        assert "_total" not in answer.text
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        families = list(text_string_to_metric_families(answer.text))
        self.types = {
            line.split()[2]: line.split()[3] for line in answer.text.splitlines() if "# TYPE" in line
        }
        assert len(families) == len(self.types)
        self.samples = {
            # The parser adds to counters what the text does not have.
            (sample.name.removesuffix("_total"), frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }

    def value(self, name: str, /, **labels: str) -> float:
        return self.samples[(name, frozenset(labels.items()))]

    def labels(self, name: str) -> list[dict[str, str]]:
        return [dict(labels) for found, labels in self.samples if found == name]

    def requests(self, outcome: str, interface: str, method: str, **version: str) -> float:
        api = next(api for api, methods in METHODS.items() if method in methods)
        labels = {"name": "m", "api": api, "interface": interface, "method": method, **version}
        return self.value(f"ovms_requests_{outcome}", **labels)


def monitored(*entries: dict[str, Any], **metrics: Any) -> dict[str, Any]:
    section = {"metrics": {"enable": True, **metrics}}
    return {**configuration.document(list(entries)), "monitoring": section}


@pytest.fixture
def server(add_one: Path, front: FrontendChoice) -> Iterator[ovserve.Server]:
    entry = configuration.model("m", add_one, model_version_policy={"all": {}})
    with ovserve.Server(monitored(entry), rest_port=0, grpc_frontend=front) as server:
        yield server


@pytest.fixture
def grpc_client(server: ovserve.Server, protos: Protos) -> Iterator[GrpcClient]:
    with GrpcClient(f"127.0.0.1:{server.grpc_port}", protos) as client:
        yield client


def rest(server: ovserve.Server, method: str, path: str, body: Any = None) -> int:
    url = f"http://127.0.0.1:{server.rest_port}{path}"
    return requests.request(method, url, json=body, timeout=60).status_code


def test_everything_exists_at_zero_after_the_load(server: ovserve.Server) -> None:
    scrape = Scrape(server, "?name=x")
    expected = [
        {"name": "m", "api": api, "interface": interface, "method": method, **version}
        for api, methods in METHODS.items()
        for method in methods
        for interface in ("gRPC", "REST")
        for version in (
            [{}] if method in ("ModelReady", "GetModelStatus") else [{"version": "1"}, {"version": "2"}]
        )
    ]
    for name in ("ovms_requests_success", "ovms_requests_fail"):
        assert scrape.types[name] == "counter"
        found = scrape.labels(name)
        assert sorted(map(sorted, (d.items() for d in found))) == sorted(
            map(sorted, (d.items() for d in expected))
        )
        assert {scrape.value(name, **labels) for labels in found} == {0}
    for name in ("ovms_inference_time_us", "ovms_wait_for_infer_req_time_us"):
        assert scrape.types[name] == "histogram"
        for version in "12":
            found = [d["le"] for d in scrape.labels(f"{name}_bucket") if d["version"] == version]
            assert found == [*BUCKETS, "+Inf"]
            assert scrape.value(f"{name}_count", name="m", version=version) == 0
            assert scrape.value(f"{name}_sum", name="m", version=version) == 0
    for interface in ("gRPC", "REST"):
        assert scrape.value("ovms_request_time_us_count", name="m", version="1", interface=interface) == 0
    assert scrape.value("ovms_current_requests", name="m", version="1") == 0
    assert scrape.value("ovms_streams", name="m", version="2") >= 1
    assert scrape.value("ovserve_load_time_us_count", name="m", version="1") == 1
    assert scrape.value("ovserve_blacklisted", name="m", version="1") == 0
    without_loaders = {name for name in DEFAULT_FAMILIES if not name.startswith("ovserve_loader_")}
    assert set(scrape.types) == without_loaders


def test_requests_of_every_api(server: ovserve.Server, grpc_client: GrpcClient) -> None:
    protos = grpc_client.protos
    grpc_client.predict("m", {"b": ONES})
    grpc_client.predict("m", {"b": ONES}, 1)
    assert grpc_client.predict_refusal(grpc_client.predict_request("m", {}))[0] == "INVALID_ARGUMENT"
    assert grpc_client.predict_refusal(grpc_client.predict_request("m", {}, 9))[0] == "NOT_FOUND"
    grpc_client.status("m")
    assert grpc_client.refusal(
        MODEL,
        "GetModelStatus",
        protos["tensorflow.serving.GetModelStatusRequest"](model_spec={"name": "m", "version": {"value": 9}}),
        "tensorflow.serving.GetModelStatusResponse",
    )
    metadata = protos["tensorflow.serving.GetModelMetadataRequest"](model_spec={"name": "m"})
    reply = "tensorflow.serving.GetModelMetadataResponse"
    assert grpc_client.refusal(PREDICTION, "GetModelMetadata", metadata, reply)[0] == "INVALID_ARGUMENT"
    metadata.metadata_field.append("signature_def")
    grpc_client.call(PREDICTION, "GetModelMetadata", metadata, reply)

    infer = protos["inference.ModelInferRequest"](model_name="m", raw_input_contents=[ONES.tobytes()])
    infer.inputs.add(name="b", datatype="FP32", shape=[1, 10])
    for _ in range(3):
        grpc_client.call(KSERVE, "ModelInfer", infer, "inference.ModelInferResponse")
    infer.inputs[0].datatype = "INT8"
    grpc_client.refusal(KSERVE, "ModelInfer", infer, "inference.ModelInferResponse")
    ready = protos["inference.ModelReadyRequest"](name="m")
    grpc_client.call(KSERVE, "ModelReady", ready, "inference.ModelReadyResponse")
    described = protos["inference.ModelMetadataRequest"](name="m", version="1")
    grpc_client.call(KSERVE, "ModelMetadata", described, "inference.ModelMetadataResponse")

    body = {"inputs": ONES.tolist()}
    assert rest(server, "POST", "/v1/models/m:predict", body) == 200
    assert rest(server, "POST", "/v1/models/m:predict", {}) == 400
    assert rest(server, "POST", "/v1/models/other:predict", body) == 404
    assert rest(server, "GET", "/v1/models/m") == 200
    assert rest(server, "GET", "/v1/models/m/metadata") == 200
    assert rest(server, "GET", "/v2/models/m/ready") == 200
    assert rest(server, "GET", "/v2/models/m/versions/9/ready") == 404

    scrape = Scrape(server)
    counted = {
        (interface, method, version): (
            scrape.requests("success", interface, method, **version_label),
            scrape.requests("fail", interface, method, **version_label),
        )
        for methods in METHODS.values()
        for method in methods
        for interface in ("gRPC", "REST")
        for version in (("",) if method in ("ModelReady", "GetModelStatus") else ("1", "2"))
        for version_label in [{"version": version} if version else {}]
    }
    assert {key: value for key, value in counted.items() if value != (0, 0)} == {
        ("gRPC", "Predict", "1"): (1, 0),
        ("gRPC", "Predict", "2"): (1, 1),
        ("gRPC", "GetModelStatus", ""): (1, 1),
        ("gRPC", "GetModelMetadata", "2"): (1, 0),  # what names no field names no version either
        ("gRPC", "ModelInfer", "2"): (3, 1),
        ("gRPC", "ModelReady", ""): (1, 0),
        ("gRPC", "ModelMetadata", "1"): (1, 0),
        ("REST", "Predict", "2"): (1, 1),
        ("REST", "GetModelStatus", ""): (1, 0),
        ("REST", "GetModelMetadata", "2"): (1, 0),
        ("REST", "ModelReady", ""): (1, 1),
    }
    two = {"name": "m", "version": "2"}
    assert scrape.value("ovms_request_time_us_count", **two, interface="gRPC") == 4
    assert scrape.value("ovms_request_time_us_count", **two, interface="REST") == 1
    assert scrape.value("ovms_request_time_us_bucket", **two, interface="gRPC", le="+Inf") == 4
    assert scrape.value("ovms_inference_time_us_count", **two) == 5
    assert scrape.value("ovms_wait_for_infer_req_time_us_count", **two) == 5
    run, waited = (
        scrape.value(f"ovms_{name}_time_us_sum", **two) for name in ("inference", "wait_for_infer_req")
    )
    spent = sum(
        scrape.value("ovms_request_time_us_sum", **two, interface=interface) for interface in ("gRPC", "REST")
    )
    assert 0 < run + waited < spent
    assert scrape.value("ovserve_request_bytes", **two, interface="gRPC") > 4 * ONES.nbytes
    assert scrape.value("ovserve_response_bytes", **two, interface="REST") > 40
    assert scrape.value("ovms_current_requests", **two) == 0


def test_listed_families_only(add_one: Path) -> None:
    listed = ["ovms_infer_req_queue_size", "ovms_infer_req_active", "ovms_current_graphs"]
    entry = configuration.model("m", add_one, nireq=7)
    with ovserve.Server(monitored(entry, metrics_list=listed), port=None, rest_port=0) as server:
        scrape = Scrape(server)
        assert scrape.samples == {
            (name, frozenset({("name", "m"), ("version", "2")})): value
            for name, value in (("ovms_infer_req_queue_size", 7), ("ovms_infer_req_active", 0))
        }


def test_names_are_escaped(add_one: Path) -> None:
    name = 'a"b\\c\nd é'
    entry = configuration.model(name, add_one)
    with ovserve.Server(monitored(entry), port=None, rest_port=0) as server:
        assert Scrape(server).value("ovms_current_requests", name=name, version="2") == 0


def test_versions_and_models_that_leave(tmp_path: Path) -> None:
    base_path = models.write(models.add_constant(1.0), tmp_path / "m", 1)
    entry = configuration.model("m", base_path)
    with ovserve.Server(monitored(entry), port=None, rest_port=0, poll_interval_s=0) as server:
        predict = ("POST", "/v1/models/m:predict", {"inputs": ONES.tolist()})
        assert rest(server, *predict) == 200
        models.write(models.add_constant(2.0), base_path, 2)
        server.reload()
        assert rest(server, *predict) == 200
        scrape = Scrape(server)
        for version, streams in (("1", False), ("2", True)):
            assert scrape.requests("success", "REST", "Predict", version=version) == 1
            assert (scrape.value("ovms_streams", name="m", version=version) > 0) is streams
        assert rest(server, "POST", "/v1/models/m/versions/1:predict", {"inputs": []}) == 404
        assert Scrape(server).requests("fail", "REST", "Predict", version="1") == 1

        server.reload(monitored())
        assert rest(server, *predict) == 404
        assert Scrape(server).samples == {}

        server.reload(monitored(entry))
        assert rest(server, *predict) == 200
        assert Scrape(server).requests("success", "REST", "Predict", version="2") == 1


def test_custom_loaders(hostile_library: Path, tmp_path: Path) -> None:
    families = frozenset(DEFAULT_FAMILIES)
    with LoaderServer(hostile_library, tmp_path, rest_port=0, metrics=families) as served:
        served.models = [served.model("m", status_file="status")]
        served.reload()
        scrape = Scrape(served.server)
        calls = {"loader": "hostile", "result": "success"}
        assert scrape.value("ovserve_loader_calls", **calls, function="loaderInit") == 1
        assert scrape.value("ovserve_loader_calls", **calls, function="loadModel") == 1
        assert scrape.value("ovserve_loader_calls", **calls, function="unloadModel") == 0
        assert scrape.value("ovserve_loader_calls", **calls, function="getModelBlacklistStatus") >= 1
        assert scrape.value("ovserve_loader_call_time_us", **calls, function="loadModel") > 0
        assert scrape.value("ovserve_load_time_us_count", name="m", version="1") == 1
        assert scrape.value("ovserve_blacklisted", name="m", version="1") == 0

        (tmp_path / "m/1/status").write_text("DISABLED\n")
        served.reload()
        scrape = Scrape(served.server)
        assert scrape.value("ovserve_blacklisted", name="m", version="1") == 1
        assert scrape.value("ovms_streams", name="m", version="1") == 0
        assert (
            rest(served.server, "POST", "/v1/models/m/versions/1:predict", {"inputs": ONES.tolist()}) == 404
        )
        assert Scrape(served.server).requests("fail", "REST", "Predict", version="1") == 1

        served.models = []
        served.reload()
        scrape = Scrape(served.server)
        assert scrape.value("ovserve_loader_calls", **calls, function="retireModel") == 1
        assert scrape.value("ovserve_loader_calls", **calls, function="unloadModel") == 1
        assert {labels["result"] for labels in scrape.labels("ovserve_loader_calls")} == {"success", "fail"}


def test_off_by_default(plain_server: ovserve.Server) -> None:
    assert rest(plain_server, "GET", "/metrics") == 400


def test_metrics_without_a_rest_port(add_one: Path) -> None:
    server = ovserve.Server(monitored(configuration.model("m", add_one)))
    with pytest.raises(ovserve.ConfigurationError, match="--rest_port"):
        server.start()


def test_later_edits_are_ignored(add_one: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    entry = configuration.model("m", add_one)
    path = configuration.write(tmp_path / "config.json", monitored(entry))
    with ovserve.Server(path, port=None, rest_port=0, poll_interval_s=0) as server:
        configuration.write(path, configuration.document([entry]))
        server.reload()
        server.reload()
        assert Scrape(server).value("ovms_current_requests", name="m", version="2") == 0
    assert caplog.text.count("monitoring was edited") == 1
