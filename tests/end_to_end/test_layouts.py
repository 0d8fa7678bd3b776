"""The keys layout, mean, scale, color_format and precision: what is done to tensors around the model."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import ovmsclient
import pytest

import ovserve
from harness import configuration, models
from harness.loader_server import LoaderServer
from ovserve.config.command_line import parse_arguments
from ovserve.config.server_options import server_options

IMAGE = np.arange(24, dtype=np.float32).reshape(1, 2, 4, 3)  # NHWC
EXACT = {"INFERENCE_PRECISION_HINT": "f32"}


@pytest.fixture
def server(hostile_library: Path, tmp_path: Path) -> Iterator[LoaderServer]:
    """Models ``m`` (files) and ``loaded`` (loader): ``b`` [1,3,2,4] to ``a`` = b + 1."""
    server = LoaderServer(hostile_library, tmp_path, rest_port=0)
    for name in ("m", "loaded"):
        models.write(models.add_constant(shape=(1, 3, 2, 4)), server.folder / name)
    set_keys(server)
    with server:
        yield server


def set_keys(server: LoaderServer, **keys: Any) -> None:
    keys = {**keys, "plugin_config": EXACT}
    server.models = [
        configuration.model("m", server.folder / "m", **keys),
        server.model("loaded", keys=keys),
    ]


@pytest.mark.parametrize("model", ["m", "loaded"])
@pytest.mark.parametrize("kind", ["grpc", "http"])
def test_clients_send_and_get_the_other_order(server: LoaderServer, model: str, kind: str) -> None:
    set_keys(server, layout={"b": "NHWC:NCHW", "a": "NHWC:NCHW"})
    assert not server.reload().failures
    port = server.server.grpc_port if kind == "grpc" else server.server.rest_port
    make = ovmsclient.make_grpc_client if kind == "grpc" else ovmsclient.make_http_client
    client = make(f"127.0.0.1:{port}")
    metadata = client.get_model_metadata(model)
    assert metadata["inputs"]["b"]["shape"] == metadata["outputs"]["a"]["shape"] == [1, 2, 4, 3]
    np.testing.assert_array_equal(client.predict({"b": IMAGE}, model), IMAGE + 1)


def test_preprocessing_of_an_image(server: LoaderServer) -> None:
    set_keys(
        server,
        layout="NHWC:NCHW",
        color_format="BGR:RGB",
        precision="uint8",
        mean="[1,2,3]",
        scale=[2, 4, 8],
    )
    assert not server.reload().failures
    client = ovmsclient.make_grpc_client(f"127.0.0.1:{server.server.grpc_port}")
    assert client.get_model_metadata("m")["inputs"]["b"] == {"shape": [1, 2, 4, 3], "dtype": "DT_UINT8"}
    rgb = IMAGE[..., ::-1]
    expected = ((rgb - np.array([1, 2, 3])) / np.array([2, 4, 8]) + 1).transpose(0, 3, 1, 2)
    for model in ("m", "loaded"):
        outputs = client.predict({"b": IMAGE.astype(np.uint8)}, model)
        np.testing.assert_allclose(outputs, expected, rtol=1e-6)


def test_keys_together_with_shape(server: LoaderServer) -> None:
    set_keys(server, layout="NHWC:NCHW", shape="(1,2:8,-1,3)")
    assert not server.reload().failures
    assert server.server.metadata("m").inputs[0].shape == [1, -1, -1, 3]
    client = ovmsclient.make_grpc_client(f"127.0.0.1:{server.server.grpc_port}")
    error = ovmsclient.tfs_compat.base.errors.InvalidInputError
    with pytest.raises(error, match=r"Expected: \(1,2~8,-1,3\); Actual: \(1,1,4,3\)"):
        client.predict({"b": IMAGE[:, :1]}, "m")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"layout": "NN"}, 'layout: "NN" is no layout'),
        ({"layout": "NC"}, "layout NC does not fit: the tensor has 4 dimensions"),
        ({"layout": {"z": "NCHW"}}, 'layout: the model has no input "z"; it has b'),
        ({"mean": [1, 2]}, "mean does not fit: "),
        ({"scale": 0}, "scale: values are divided by it, so it cannot be 0"),
        ({"color_format": "RGBA"}, 'color_format: "RGBA" is no color format'),
        ({"precision": "u7"}, 'precision: "u7" is no precision'),
    ],
)
def test_what_does_not_fit_leaves_what_is_served(
    server: LoaderServer, keys: dict[str, Any], words: str
) -> None:
    set_keys(server, **keys)
    failures = server.reload().failures
    assert {failure.model for failure in failures} == {"m", "loaded"}
    assert all(words in failure.cause for failure in failures)
    assert server.server.metadata("m").inputs[0].shape == [1, 3, 2, 4]


def test_a_wrong_type_changes_nothing(server: LoaderServer) -> None:
    set_keys(server, layout=["NCHW"])
    with pytest.raises(ovserve.ConfigurationError, match="layout: expected an object or a string"):
        server.reload()
    assert server.server.metadata("m").inputs[0].shape == [1, 3, 2, 4]


def test_the_same_on_the_command_line(tmp_path: Path) -> None:
    """As the documentation of OpenVINO Model Server has it for a model of photographs."""
    models.write(models.add_constant(shape=(1, 3, 2, 4)), tmp_path / "m")
    flags = [
        *("--model_name", "m", "--model_path", str(tmp_path / "m"), "--plugin_config", json.dumps(EXACT)),
        *("--layout", "NHWC:NCHW", "--mean", "[123.675,116.28,103.53]", "--scale", "[58.395,57.12,57.375]"),
        *("--shape", "(1,2,4,3)", "--color_format", "BGR:RGB", "--precision", "uint8:fp32", "--port", "9"),
    ]
    options = replace(server_options(parse_arguments(flags)), port=0, grpc_bind_address="127.0.0.1")
    with ovserve.Server.from_options(options) as server:
        (info,) = server.metadata("m").inputs
        assert (info.precision, info.shape) == ("U8", [1, 2, 4, 3])
        outputs = server.infer("m", {"b": IMAGE.astype(np.uint8)})["a"]
    mean, scale = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])
    expected = ((IMAGE[..., ::-1] - mean) / scale + 1).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5)


@pytest.mark.parametrize("model", ["m", "loaded"])
def test_frames_of_video(server: LoaderServer, model: str) -> None:
    set_keys(server, layout="NHWC:NCHW", color_format="NV12:RGB", precision="uint8:fp32")
    assert not server.reload().failures
    (info,) = server.server.metadata(model).inputs
    assert (info.precision, info.shape) == ("U8", [1, 3, 4, 1])
    white = np.concatenate([np.full((1, 2, 4, 1), 235), np.full((1, 1, 4, 1), 128)], axis=1).astype(np.uint8)
    outputs = server.server.infer(model, {"b": white})["a"]
    np.testing.assert_allclose(outputs, np.full((1, 3, 2, 4), 256.0), atol=1)


@pytest.mark.parametrize("keys", [{"precision": "uint8"}, {"mean": 1}, {"color_format": "BGR:RGB"}])
def test_preprocessing_is_for_models_with_one_input(tmp_path: Path, keys: dict[str, Any]) -> None:
    models.write(models.two_inputs(), tmp_path / "two")
    document = configuration.document([configuration.model("two", tmp_path / "two", **keys)])
    with ovserve.Server(document, port=None) as server:
        (failure,) = server.reload().failures
        assert failure.cause == (
            f"{next(iter(keys))} does not fit: the model has 2 inputs; only one input can be preprocessed"
        )
