"""The key ``shape``: what clients see and may send, and changes of it while requests run."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import ovmsclient
import pytest

import ovserve
from harness import configuration, models
from harness.loader_server import ONES, LoaderServer


@pytest.fixture
def server(hostile_library: Path, tmp_path: Path) -> Iterator[LoaderServer]:
    """Models ``m`` (files) and ``loaded`` (loader): ``b`` [1,10] to ``a``; ``two`` has two inputs."""
    server = LoaderServer(hostile_library, tmp_path, rest_port=0)
    models.write(models.two_inputs(), server.folder / "two")
    set_shape(server)
    with server:
        yield server


def set_shape(server: LoaderServer, **shapes: Any) -> None:
    keys = {name: {"shape": shape} for name, shape in shapes.items()}
    server.models = [
        configuration.model("m", server.base_path("m", 1), **keys.get("m", {})),
        server.model("loaded", keys=keys.get("loaded")),
        configuration.model("two", server.folder / "two", **keys.get("two", {})),
    ]


def ovms(server: LoaderServer, kind: str = "grpc") -> Any:
    if kind == "grpc":
        return ovmsclient.make_grpc_client(f"127.0.0.1:{server.server.grpc_port}")
    return ovmsclient.make_http_client(f"127.0.0.1:{server.server.rest_port}")


@pytest.mark.parametrize("model", ["m", "loaded"])
@pytest.mark.parametrize("kind", ["grpc", "http"])
@pytest.mark.parametrize(
    ("shape", "shown", "fits", "refused", "message"),
    [
        ("(4,10)", [4, 10], (4, 10), (1, 10), "Invalid input batch size - Expected: 4; Actual: 1"),
        ("(1:8, 10)", [-1, 10], (8, 10), (8, 11), "Expected: (1~8,10); Actual: (8,11)"),
        ("(1:8,10)", [-1, 10], (1, 10), (9, 10), "Invalid input batch size - Expected: 1~8; Actual: 9"),
        ({"b": "(2,-1)"}, [2, -1], (2, 77), (3, 10), "Invalid input batch size - Expected: 2; Actual: 3"),
        ({"b": [2, 5]}, [2, 5], (2, 5), (2, 6), "Invalid input shape - Expected: (2,5); Actual: (2,6)"),
        ("auto", [-1, -1], (3, 7), (7,), "Expected: (-1,-1); Actual: (7)"),
    ],
)
def test_what_clients_see(
    server: LoaderServer,
    model: str,
    kind: str,
    shape: object,
    shown: list[int],
    fits: tuple[int, ...],
    refused: tuple[int, ...],
    message: str,
) -> None:
    set_shape(server, **{model: shape})
    assert not server.reload().failures
    client = ovms(server, kind)
    assert client.get_model_metadata(model)["inputs"]["b"]["shape"] == shown
    assert client.get_model_metadata(model)["outputs"]["a"]["shape"] == shown
    data = np.zeros(fits, np.float32)
    np.testing.assert_array_equal(client.predict({"b": data}, model), data + 1)
    with pytest.raises(ovmsclient.tfs_compat.base.errors.InvalidInputError, match=re.escape(message)):
        client.predict({"b": np.zeros(refused, np.float32)}, model)


def test_a_shape_per_input(server: LoaderServer) -> None:
    set_shape(server, two={"x": "(2,4)", "y": "(2,4)"})
    assert not server.reload().failures
    assert [info.shape for info in server.server.metadata("two").inputs] == [[2, 4], [2, 4]]


@pytest.mark.parametrize(
    ("model", "shape", "words"),
    [
        ("m", "(1,2,3)", "shape (1,2,3) does not fit: the model takes 2 dimensions here, not 3"),
        ("m", {"z": "(1,10)"}, 'shape: the model has no input "z"; it has b'),
        ("m", "1,10", 'shape: "1,10" is no shape; expected "auto" or numbers'),
        ("two", "(1,4)", "shape: the model has 2 inputs (x, y); write an object that names them"),
        ("two", {"x": "(3,5)"}, "shape x: (3,5) does not fit: "),
    ],
)
def test_a_shape_that_does_not_fit_leaves_what_is_served(
    server: LoaderServer, model: str, shape: object, words: str
) -> None:
    set_shape(server, **{model: shape})
    (failure,) = server.reload().failures
    assert failure.model == model
    assert words in failure.cause
    assert server.infer("m") == 1.0
    assert server.server.metadata("two").inputs[0].shape == [1, 4]


def test_a_shape_of_a_wrong_type_changes_nothing(server: LoaderServer) -> None:
    set_shape(server, m=4)
    with pytest.raises(ovserve.ConfigurationError, match="shape: expected an object or a string, got 4"):
        server.reload()
    assert server.infer("m") == 1.0


def test_shape_overrules_batch_size_and_says_so(
    server: LoaderServer, caplog: pytest.LogCaptureFixture
) -> None:
    keys = {"shape": "(3,10)", "batch_size": 5}
    server.models = [configuration.model("m", server.folder / "m", **keys)]
    server.reload()
    assert server.server.metadata("m").inputs[0].shape == [3, 10]
    assert 'model "m": batch_size is ignored: shape says the size of every dimension' in caplog.text


def test_changes_of_shape_lose_no_request(server: LoaderServer) -> None:
    failures: list[BaseException] = []
    finished = threading.Event()

    def ask(model: str) -> None:
        client = ovms(server)
        while not finished.is_set():
            try:
                np.testing.assert_array_equal(client.predict({"b": ONES}, model), ONES + 1)
            except BaseException as error:
                failures.append(error)
                return

    threads = [threading.Thread(target=ask, args=(model,)) for model in ("m", "m", "loaded")]
    for thread in threads:
        thread.start()
    try:
        for shape in ("(1:2,10)", "auto", "(1,10)", {"b": "(-1,10)"}):
            set_shape(server, m=shape, loaded=shape)
            report = server.reload()
            assert report.changed
            assert not report.failures
    finally:
        finished.set()
        for thread in threads:
            thread.join()
    assert failures == []
