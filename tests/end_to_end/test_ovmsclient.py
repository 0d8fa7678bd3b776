"""ovmsclient, OpenVINO Model Server's own client, over gRPC and REST as its users use it."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import ovmsclient
import pytest
from ovmsclient.tfs_compat.base import errors

import ovserve
from harness import configuration, models
from ovserve.config.frontend import FrontendChoice

ONES = np.ones((1, 10), np.float32)

MakeClient = Callable[[ovserve.Server], Any]


class Patient:
    """A client that waits long enough for a busy machine."""

    def __init__(self, client: Any) -> None:
        self.predict = partial(client.predict, timeout=60)
        self.get_model_metadata = partial(client.get_model_metadata, timeout=60)
        self.get_model_status = partial(client.get_model_status, timeout=60)


@pytest.fixture(params=["grpc", "http"])
def make_client(request: pytest.FixtureRequest) -> MakeClient:
    if request.param == "grpc":
        return lambda server: Patient(ovmsclient.make_grpc_client(f"127.0.0.1:{server.grpc_port}"))
    return lambda server: Patient(ovmsclient.make_http_client(f"127.0.0.1:{server.rest_port}"))


@pytest.fixture
def client(make_client: MakeClient, plain_server: ovserve.Server) -> Any:
    return make_client(plain_server)


@pytest.fixture(scope="module")
def shaped_server(
    tmp_path_factory: pytest.TempPathFactory, front: FrontendChoice
) -> Iterator[ovserve.Server]:
    """Models with two inputs and outputs, of any batch, and of a single number."""
    folder = tmp_path_factory.mktemp("shaped")
    written = {
        "two": models.two_inputs(),
        "any": models.add_constant(shape=(-1, 10)),
        "one": models.add_constant(shape=(1,)),
    }
    entries = [configuration.model(name, models.write(m, folder / name)) for name, m in written.items()]
    with ovserve.Server(configuration.document(entries), rest_port=0, grpc_frontend=front) as server:
        yield server


@pytest.mark.parametrize(
    ("version", "amount"), [({}, 2), ({"model_version": 0}, 2), ({"model_version": 1}, 1)]
)
def test_predict(client: Any, version: dict[str, int], amount: int) -> None:
    np.testing.assert_array_equal(client.predict({"b": ONES}, "m", **version), ONES + amount)


def test_predict_of_several_inputs_and_outputs(
    make_client: MakeClient, shaped_server: ovserve.Server
) -> None:
    x, y = np.full((1, 4), 5, np.float32), np.full((1, 4), 3, np.float32)
    outputs = make_client(shaped_server).predict({"y": y, "x": x}, "two")
    assert sorted(outputs) == ["difference", "sum"]
    np.testing.assert_array_equal(outputs["sum"], x + y)
    np.testing.assert_array_equal(outputs["difference"], x - y)


@pytest.mark.parametrize("batch", [1, 7])
def test_predict_of_any_batch(make_client: MakeClient, shaped_server: ovserve.Server, batch: int) -> None:
    values = np.arange(batch * 10, dtype=np.float32).reshape(batch, 10)
    np.testing.assert_array_equal(make_client(shaped_server).predict({"b": values}, "any"), values + 1)


def test_predict_of_python_numbers(make_client: MakeClient, shaped_server: ovserve.Server) -> None:
    """The gRPC client puts them into typed fields, which OpenVINO Model Server refuses."""
    np.testing.assert_array_equal(make_client(shaped_server).predict({"b": [4.0]}, "one"), [5.0])


@pytest.mark.parametrize("dtype", models.DTYPES)
def test_predict_of_every_type(make_client: MakeClient, typed_server: ovserve.Server, dtype: str) -> None:
    values = models.values_of(dtype)
    answer = make_client(typed_server).predict({"x": values}, dtype)
    np.testing.assert_array_equal(answer.astype(dtype), values)


def test_predict_of_strings(make_client: MakeClient, typed_server: ovserve.Server) -> None:
    texts = np.array([b"one", b"two", b"\xc3\xa4"])
    answer = make_client(typed_server).predict({"x": texts}, "string")
    # JSON holds strings, the gRPC client hands out bytes.
    assert [text if isinstance(text, bytes) else text.encode() for text in answer.tolist()] == texts.tolist()


@pytest.mark.parametrize("version", [{}, {"model_version": 2}])
def test_metadata(client: Any, version: dict[str, int]) -> None:
    metadata = client.get_model_metadata("m", **version)
    assert metadata["model_version"] == 2
    assert metadata["inputs"] == {"b": {"shape": [1, 10], "dtype": "DT_FLOAT"}}
    assert metadata["outputs"] == {"a": {"shape": [1, 10], "dtype": "DT_FLOAT"}}


def test_metadata_of_any_batch(make_client: MakeClient, shaped_server: ovserve.Server) -> None:
    metadata = make_client(shaped_server).get_model_metadata("any")
    assert metadata["inputs"]["b"]["shape"] == [-1, 10]


@pytest.mark.parametrize(("version", "expected"), [({}, (1, 2)), ({"model_version": 1}, (1,))])
def test_status(client: Any, version: dict[str, int], expected: tuple[int, ...]) -> None:
    healthy = {"state": "AVAILABLE", "error_code": 0, "error_message": "OK"}
    assert client.get_model_status("m", **version) == dict.fromkeys(expected, healthy)


@pytest.mark.parametrize("question", ["predict", "get_model_metadata", "get_model_status"])
@pytest.mark.parametrize(
    ("model", "version", "text"),
    [
        ("other", 0, "Model with requested name is not found"),
        ("m", 9, "Model with requested version is not found"),
    ],
)
def test_what_does_not_exist(client: Any, question: str, model: str, version: int, text: str) -> None:
    inputs = ({"b": ONES},) if question == "predict" else ()
    with pytest.raises(errors.ModelNotFoundError, match=text):
        getattr(client, question)(*inputs, model, version)


@pytest.mark.parametrize("inputs", [{"b": np.ones((1, 11), np.float32)}, {"c": ONES}, {"b": ONES, "c": ONES}])
def test_wrong_inputs(client: Any, inputs: Any) -> None:
    with pytest.raises(errors.InvalidInputError):
        client.predict(inputs, "m")
