"""Every error that a client can cause, in every protocol: one case per row and protocol.

The rows of later releases count where releases differ. Wrong sizes and the like come with OVMS's texts.
Those of encoded images are in test_encoded_images.py.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import openvino as ov
import pytest
import requests
from openvino import opset15 as ops

from harness import configuration, models
from harness.askers import Askers, Tensor
from harness.grpc_client import KSERVE, PREDICTION, GrpcClient
from harness.loader_server import LoaderServer
from harness.protos import Protos
from harness.server_process import ServerProcess
from ovserve.config.frontend import FrontendChoice

PROTOCOLS = ("tfs_grpc", "kserve_grpc", "tfs_rest", "kserve_rest")

HTTP_OF = {
    "NOT_FOUND": 404,
    "UNAVAILABLE": 503,
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 412,
    "INTERNAL": 500,
}

NAME = "Model with requested name is not found"
VERSION = "Model with requested version is not found"
RETIRED = "Model with requested version is retired"
NOT_LOADED = "Model with requested version is not loaded yet"
FORMAT = "invalid model version format in request"
NOT_JSON = "The file is not valid json"
B = "; input name: b"


def reshaping() -> ov.Model:
    """Return a model that fails for some values: ``b`` [1,10] takes the shape that ``to`` says."""
    b = ops.parameter([1, 10], ov.Type.f32, "b")
    to = ops.parameter([2], ov.Type.i64, "to")
    for node, name in ((b, "b"), (to, "to")):
        node.output(0).tensor.set_names({name})
    shaped = ops.reshape(b, to, False)
    shaped.output(0).tensor.set_names({"a"})
    return ov.Model([ops.result(shaped.output(0))], [b, to], "reshaping")


def open_sizes() -> ov.Model:
    """Return a model whose inputs ``x`` and ``y`` take any number of values, but the same of both."""
    x, y = (ops.parameter([-1], ov.Type.f32, name) for name in "xy")
    for node, name in ((x, "x"), (y, "y")):
        node.output(0).tensor.set_names({name})
    total = ops.add(x, y)
    total.output(0).tensor.set_names({"sum"})
    return ov.Model([ops.result(total)], [x, y], "open")


@pytest.fixture(scope="module")
def server(
    hostile_library: Path, tmp_path_factory: pytest.TempPathFactory, front: FrontendChoice
) -> Iterator[LoaderServer]:
    """Plain models and, of loaders, ``loading``, ``failed`` and ``retired``."""
    folder = tmp_path_factory.mktemp("served")
    other = folder / "libother.so"  # calls into one file wait for each other
    other.write_bytes(hostile_library.read_bytes())
    server = LoaderServer(
        hostile_library, folder, rest_port=0, load_wait_s=0.3, loader_call_deadline_s=0.5, frontend=front
    )
    server.loaders.append(server.loader("hanging", library=other))
    release = folder / "release"
    models.write(models.two_inputs(), folder / "pair")
    models.write(open_sizes(), folder / "open")
    models.write(reshaping(), folder / "reshaping")
    server.models = [
        configuration.model("m", server.base_path("m", 1, 2)),
        configuration.model("pair", folder / "pair"),
        configuration.model("open", folder / "open"),
        configuration.model("reshaping", folder / "reshaping"),
        server.model("failed", behaviour="throw_std"),
        server.model("retired", status_file="status"),
        server.model("loading", loader="hanging", behaviour="hang", release_file=str(release)),
    ]
    (folder / "retired" / "1" / "status").write_text("DISABLED\n")
    with server:
        yield server
        release.touch()


@pytest.fixture(scope="module")
def client(server: LoaderServer, protos: Protos) -> Iterator[GrpcClient]:
    with GrpcClient(f"127.0.0.1:{server.server.grpc_port}", protos) as client:
        yield client


@pytest.fixture(scope="module")
def askers(server: LoaderServer, client: GrpcClient) -> Askers:
    return Askers(f"http://127.0.0.1:{server.server.rest_port}", client)


def row(name: str, code: str, text: str, *tensors: Tensor, model: str = "m", version: str = "") -> Any:
    return pytest.param(model, version, tensors or (Tensor(),), code, text, id=name)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("model", "version", "tensors", "code", "text"),
    [
        row("model unknown", "NOT_FOUND", NAME, model="other"),
        row("version unknown", "NOT_FOUND", VERSION, version="9"),
        row("no default version yet", "NOT_FOUND", VERSION, model="loading"),
        row("no default version any more", "NOT_FOUND", VERSION, model="retired"),
        row("version retired", "NOT_FOUND", RETIRED, model="retired", version="1"),
        row("version not loaded yet", "UNAVAILABLE", NOT_LOADED, model="loading", version="1"),
        row("version failed", "UNAVAILABLE", f"{NOT_LOADED} - ...boom", model="failed", version="1"),
        row(
            "too many inputs",
            "INVALID_ARGUMENT",
            "Invalid number of inputs - Expected: 1; Actual: 2",
            *(Tensor(), Tensor("c")),
        ),
        row(
            "too few inputs",
            "INVALID_ARGUMENT",
            "Invalid number of inputs - Expected: 2; Actual: 1",
            Tensor("x", (1, 4)),
            model="pair",
        ),
        row(
            "input missing",
            "INVALID_ARGUMENT",
            "Missing input with specific name - Required input: b",
            Tensor("c"),
        ),
        row(
            "input unexpected",
            "INVALID_ARGUMENT",
            "Missing input with specific name - Required input: y",
            *(Tensor("x", (1, 4)), Tensor("z", (1, 4))),
            model="pair",
        ),
        row(
            "rank",
            "INVALID_ARGUMENT",
            "Invalid number of shape dimensions - Expected: (1,10); Actual: (10)" + B,
            Tensor(shape=(10,)),
        ),
        row(
            "batch size",
            "INVALID_ARGUMENT",
            "Invalid input batch size - Expected: 1; Actual: 2" + B,
            Tensor(shape=(2, 10)),
        ),
        row(
            "shape",
            "INVALID_ARGUMENT",
            "Invalid input shape - Expected: (1,10); Actual: (1,11)" + B,
            Tensor(shape=(1, 11)),
        ),
        row(
            "sizes that do not fit together",
            "FAILED_PRECONDITION",
            "the model cannot take inputs of these shapes: ...",
            *(Tensor("x", (2,)), Tensor("y", (3,))),
            model="open",
        ),
        row(
            "inference failure",
            "INTERNAL",
            "inference failed: ...",
            *(Tensor("b"), Tensor("to", (2,), "int64")),  # to (1,1)
            model="reshaping",
        ),
    ],
)
def test_any_protocol(
    askers: Askers, protocol: str, model: str, version: str, tensors: tuple[Tensor, ...], code: str, text: str
) -> None:
    told, said = getattr(askers, protocol)(model, version, tensors)
    assert told == (code if protocol.endswith("grpc") else HTTP_OF[code])
    assert_text(said, text)


def assert_text(said: str, expected: str) -> None:
    begin, _, end = expected.partition("...")
    assert said == expected or ("..." in expected and said.startswith(begin) and said.endswith(end))


# Rows that not every protocol can ask for


@pytest.mark.parametrize(
    ("protocol", "tensor", "text"),
    [
        (
            "tfs_grpc",
            Tensor(dtype="float64"),
            "Invalid input precision - Expected: FP32; Actual: FP64" + B,
        ),
        (
            "kserve_grpc",
            Tensor(dtype="int32"),
            "Invalid input precision - Expected: FP32; Actual: INT32" + B,
        ),
        (
            "kserve_rest",
            Tensor(dtype="int32"),
            "Invalid input precision - Expected: FP32; Actual: INT32" + B,
        ),
        (
            "tfs_grpc",
            Tensor(count=3),
            "Invalid content size of tensor proto - Expected: 40 bytes; Actual: 12 bytes" + B,
        ),
        (
            "kserve_grpc",
            Tensor(count=3),
            "Invalid content size of tensor proto - Expected: 40 bytes; Actual: 12 bytes" + B,
        ),
        (
            "kserve_rest",
            Tensor(count=3),
            "Invalid number of values in tensor proto container - Expected: 10 values; Actual: 3 values" + B,
        ),
    ],
)
def test_precision_and_size(askers: Askers, protocol: str, tensor: Tensor, text: str) -> None:
    told = getattr(askers, protocol)("m", "", (tensor,))
    assert told == ("INVALID_ARGUMENT" if protocol.endswith("grpc") else 400, text)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([["x"] * 10], "Invalid input precision - Expected: FP32; Actual: STRING" + B),
        ([[1.0] * 10, [1.0]], "Could not parse the value of an input - ..." + B),
        ([{"b64": "AAAA"}], "Invalid input ..." + B),
    ],
    ids=["strings", "ragged", "base64"],
)
def test_values_of_tfs_rest(askers: Askers, values: Any, text: str) -> None:
    told, said = askers.post("/v1/models/m:predict", {"inputs": {"b": values}})
    assert told == 400
    assert_text(said, text)


def test_typed_values_of_tfs_grpc(client: GrpcClient) -> None:
    tensor = client.protos["tensorflow.TensorProto"](dtype=1, float_val=[1.0] * 3)
    for size in (1, 10):
        tensor.tensor_shape.dim.add(size=size)
    code, text = client.predict_refusal(client.predict_request("m", {"b": tensor}))
    assert code == "INVALID_ARGUMENT"
    assert "Expected: 10 values; Actual: 3 values" in text


def kserve_request(client: GrpcClient, values: int, raw: bool) -> Any:
    request = client.protos["inference.ModelInferRequest"](model_name="m")
    tensor = request.inputs.add(name="b", datatype="FP32", shape=[1, 10])
    tensor.contents.fp32_contents.extend([1.0] * values)
    if raw:
        request.raw_input_contents.append(bytes(40))
    return request


def test_typed_values_of_kserve_grpc(client: GrpcClient) -> None:
    request = kserve_request(client, 3, raw=False)
    code, text = client.refusal(KSERVE, "ModelInfer", request, "inference.ModelInferResponse")
    assert code == "INVALID_ARGUMENT"
    assert "Expected: 10 values; Actual: 3 values" in text


def test_raw_and_typed_contents_mixed_in_kserve_grpc(client: GrpcClient) -> None:
    request = kserve_request(client, 10, raw=True)
    code, _ = client.refusal(KSERVE, "ModelInfer", request, "inference.ModelInferResponse")
    assert code == "INVALID_ARGUMENT"


def test_data_and_binary_data_mixed_in_kserve_rest(askers: Askers) -> None:
    tensor = {"name": "b", "shape": [1, 10], "datatype": "FP32", "data": [1.0] * 10}
    body = {"inputs": [{**tensor, "parameters": {"binary_data_size": 40}}]}
    assert askers.post("/v2/models/m/infer", body)[0] == 400


# Versions that are none


def test_version_text_of_kserve_grpc(askers: Askers) -> None:
    for version in ("x", "1.0", "-", "9" * 30):
        assert askers.kserve_grpc("m", version, (Tensor(),)) == ("INVALID_ARGUMENT", FORMAT)


def test_version_text_of_rest(askers: Askers) -> None:
    for protocol in (askers.tfs_rest, askers.kserve_rest):
        assert protocol("m", "9" * 30, (Tensor(),)) == (400, FORMAT)
        assert protocol("m", "x", (Tensor(),)) == (400, "Invalid request URL")


def test_negative_version_of_tfs_grpc(askers: Askers) -> None:
    assert askers.tfs_grpc("m", "-1", (Tensor(),)) == ("NOT_FOUND", VERSION)


# Requests that name nothing


def test_no_model_spec(client: GrpcClient) -> None:
    assert client.predict_refusal(client.protos["tensorflow.serving.PredictRequest"]()) == ("NOT_FOUND", NAME)
    request = client.protos["inference.ModelInferRequest"]()
    told = client.refusal(KSERVE, "ModelInfer", request, "inference.ModelInferResponse")
    assert told == ("NOT_FOUND", NAME)


@pytest.mark.parametrize("fields", [[], ["other"], ["signature_def", "signature_def"]])
def test_signature_field_of_metadata(client: GrpcClient, fields: list[str]) -> None:
    request = client.protos["tensorflow.serving.GetModelMetadataRequest"](metadata_field=fields)
    request.model_spec.name = "m"
    reply = "tensorflow.serving.GetModelMetadataResponse"
    told = client.refusal(PREDICTION, "GetModelMetadata", request, reply)
    assert told == ("INVALID_ARGUMENT", "Invalid signature name")


# Bodies that are none


@pytest.mark.parametrize("path", ["/v1/models/m:predict", "/v2/models/m/infer"])
@pytest.mark.parametrize("body", [b"", b"{not json", b"\xff\xfe", b'{"inputs": [1}'])
def test_what_is_not_json(askers: Askers, path: str, body: bytes) -> None:
    assert askers.post(path, body) == (412, NOT_JSON)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/models/m:predict", []),
        ("/v1/models/m:predict", {}),
        ("/v1/models/m:predict", {"inputs": [[1.0]], "instances": [[1.0]]}),
        ("/v1/models/m:predict", {"instances": []}),
        ("/v1/models/m:predict", {"instances": {"b": 1}}),
        ("/v2/models/m/infer", []),
        ("/v2/models/m/infer", {}),
        ("/v2/models/m/infer", {"inputs": {}}),
        ("/v2/models/m/infer", {"inputs": [{"name": "b"}]}),
        ("/v2/models/m/infer", {"inputs": [{"name": "b", "shape": [-1], "datatype": "FP32", "data": []}]}),
    ],
)
def test_structure_of_json(askers: Askers, path: str, body: Any) -> None:
    told, text = askers.post(path, body)
    assert told == 400
    assert text


@pytest.mark.parametrize("method", ["PredictionService/Predict", "PredictionService/GetModelMetadata"])
@pytest.mark.parametrize("body", [b"\xff" * 20, b"\x0a\xff\xff\xff\xff\x0f", b"\x0b", b"plain text"])
def test_messages_that_are_no_protobuf(server: LoaderServer, method: str, body: bytes) -> None:
    assert told_for_bytes(server, f"/tensorflow.serving.{method}", body) == "INVALID_ARGUMENT"


@pytest.mark.parametrize("method", ["ModelInfer", "ModelMetadata", "ModelReady"])
@pytest.mark.parametrize("body", [b"\xff" * 20, b"\x0a\xff\xff\xff\xff\x0f", b"\x0b", b"plain text"])
def test_messages_that_are_no_protobuf_in_kserve(server: LoaderServer, method: str, body: bytes) -> None:
    assert told_for_bytes(server, f"/inference.GRPCInferenceService/{method}", body) == "INVALID_ARGUMENT"


def told_for_bytes(server: LoaderServer, path: str, body: bytes) -> str:
    with grpc.insecure_channel(f"127.0.0.1:{server.server.grpc_port}") as channel:
        error = channel.unary_unary(path).future(body, timeout=60).exception()
        assert isinstance(error, grpc.RpcError)
        return str(error.code().name)


# URLs and methods


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("GET", "/v1/models/m:predict", 406, "Unsupported method"),
        ("DELETE", "/v2/models/m", 406, "Unsupported method"),
        ("GET", "/v2/models/m/infer", 406, "Unsupported method"),
        ("POST", "/v1/models/m", 406, "Unsupported method"),
        ("GET", "/v3/models", 400, "Invalid request URL"),
        ("POST", "/v1/models/m:other", 400, "Invalid request URL"),
        ("POST", "/v1/models/m:classify", 404, "REST resource not found"),
        ("POST", "/v1/models/m/versions/1:regress", 404, "REST resource not found"),
        ("POST", "/v1/models:predict", 404, NAME),
        ("POST", "/v1/models/other/labels/stable:predict", 404, NAME),
    ],
)
def test_urls_and_methods(askers: Askers, method: str, path: str, status: int, text: str) -> None:
    assert askers.post(path, {"inputs": [[1.0] * 10]}, method) == (status, text)


@pytest.mark.parametrize("method", ["Classify", "Regress", "MultiInference"])
def test_methods_of_tfs_grpc_that_are_not_offered(client: GrpcClient, method: str) -> None:
    request = client.protos["tensorflow.serving.PredictRequest"]()
    told = client.refusal(PREDICTION, method, request, "tensorflow.serving.PredictResponse")
    assert told == ("UNIMPLEMENTED", "")


# The server


def test_server_that_is_not_ready(
    hostile_library: Path,
    tmp_path: Path,
    protos: Protos,
    front: FrontendChoice,
    eventually: Callable[[Callable[[], bool]], None],
) -> None:
    release = tmp_path / "release"
    files = LoaderServer(hostile_library, tmp_path)  # never started: it writes what another process serves
    files.models = [files.model("loading", behaviour="hang", release_file=str(release))]
    files.write()
    with (
        ServerProcess("--config_path", str(files.config), "--grpc_frontend", front) as process,
        GrpcClient(process.address, protos) as client,
    ):

        def is_ready() -> bool:
            request = client.protos["inference.ServerReadyRequest"]()
            reply = client.call(KSERVE, "ServerReady", request, "inference.ServerReadyResponse")
            return bool(reply.ready)

        answer = requests.get(f"{process.url}/v2/health/ready", timeout=60)
        assert answer.status_code == 503
        assert answer.json()["error"]
        assert requests.get(f"{process.url}/v2/health/live", timeout=60).status_code == 200
        assert not is_ready()
        release.touch()
        eventually(lambda: requests.get(f"{process.url}/v2/health/ready", timeout=60).status_code == 200)
        assert is_ready()
        assert process.stop() == 0


@pytest.fixture
def reloadable(hostile_library: Path, tmp_path: Path, front: FrontendChoice) -> Iterator[LoaderServer]:
    server = LoaderServer(hostile_library, tmp_path, rest_port=0, frontend=front)
    server.loaders = []
    server.models = [configuration.model("m", server.base_path("m", 1))]
    with server:
        server.server.reload()
        yield server


def reload(server: LoaderServer) -> int:
    url = f"http://127.0.0.1:{server.server.rest_port}/v1/config/reload"
    return requests.post(url, timeout=60).status_code


def test_reload(reloadable: LoaderServer) -> None:
    assert reload(reloadable) == 200
    reloadable.base_path("m", 2)
    assert reload(reloadable) == 201
    configuration.write(reloadable.config, "{broken")
    assert reload(reloadable) == 412
    configuration.write(reloadable.config, {"model_config_list": [], "other": 1})
    assert reload(reloadable) == 400
    reloadable.config.unlink()
    assert reload(reloadable) == 500


def test_reload_of_a_model_whose_path_or_file_is_wrong(reloadable: LoaderServer) -> None:
    reloadable.models.append(configuration.model("gone", reloadable.folder / "nothing"))
    reloadable.write()
    gone = reload(reloadable)
    reloadable.models.pop()
    (reloadable.folder / "broken" / "1").mkdir(parents=True)
    (reloadable.folder / "broken" / "1" / "model.xml").write_text("<no model>")
    reloadable.models.append(configuration.model("broken", reloadable.folder / "broken"))
    reloadable.write()
    assert (gone, reload(reloadable)) == (400, 500)


def test_ones_are_answered_all_the_same(server: LoaderServer) -> None:
    assert server.infer("m") == 2.0
    assert np.array_equal(
        server.server.infer("reshaping", {"b": np.ones((1, 10), np.float32), "to": np.array([5, 2])})["a"],
        np.ones((5, 2), np.float32),
    )
