"""``mapping_config.json`` in a version directory: other names for a model's inputs and outputs."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openvino as ov
import ovmsclient
import pytest

from harness import configuration, models
from harness.loader_server import ONES, LoaderServer

MAPPING = {"inputs": {"b": "image"}, "outputs": {"a": "label"}}


@pytest.fixture
def server(hostile_library: Path, tmp_path: Path) -> Iterator[LoaderServer]:
    """Models ``m`` (files) and ``loaded`` (loader) of ``b`` to ``a`` without a mapping."""
    server = LoaderServer(hostile_library, tmp_path, rest_port=0)
    server.models = [configuration.model("m", server.base_path("m", 1)), server.model("loaded")]
    with server:
        yield server


def write_version(server: LoaderServer, model: str, version: int, mapping: object) -> None:
    """Write the mapping before the model, as a version directory is moved into place."""
    (server.folder / model / str(version)).mkdir()
    text = mapping if isinstance(mapping, str) else json.dumps(mapping)
    (server.folder / model / str(version) / "mapping_config.json").write_text(text)
    server.base_path(model, version)


@pytest.mark.parametrize("model", ["m", "loaded"])
def test_clients_use_the_new_names(server: LoaderServer, model: str) -> None:
    write_version(server, model, 2, MAPPING)
    assert not server.reload().failures
    for client in (
        ovmsclient.make_grpc_client(f"127.0.0.1:{server.server.grpc_port}"),
        ovmsclient.make_http_client(f"127.0.0.1:{server.server.rest_port}"),
    ):
        metadata = client.get_model_metadata(model)
        assert (list(metadata["inputs"]), list(metadata["outputs"])) == (["image"], ["label"])
        np.testing.assert_array_equal(client.predict({"image": ONES}, model), ONES + 2)
        with pytest.raises(
            ovmsclient.tfs_compat.base.errors.InvalidInputError, match="Required input: image"
        ):
            client.predict({"b": ONES}, model)


def test_other_keys_use_the_new_names(server: LoaderServer) -> None:
    write_version(server, "m", 2, MAPPING)
    server.models = [configuration.model("m", server.folder / "m", shape={"image": "(3,10)"})]
    assert not server.reload().failures
    assert server.server.metadata("m").inputs[0].shape == [3, 10]
    server.models = [configuration.model("m", server.folder / "m", shape={"b": "(3,10)"})]
    (failure,) = server.reload().failures
    assert failure.cause == 'shape: the model has no input "b"; it has image'


@pytest.mark.parametrize("model", ["m", "loaded"])
@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("{broken", "cannot be read: "),
        ({"inputs": {"b": 1}}, 'inputs: the new name of "b" must be a string'),
        ({"inputs": {"nosuch": "image"}}, 'the model has no input "nosuch"'),
    ],
    ids=["broken", "wrong type", "unknown tensor"],
)
def test_a_mapping_that_cannot_be_honoured_keeps_only_its_version_out(
    server: LoaderServer, model: str, mapping: object, words: str
) -> None:
    write_version(server, model, 2, mapping)
    (failure,) = server.reload().failures
    assert (failure.model, failure.version) == (model, 2)
    assert failure.cause.startswith(f"{server.folder}/{model}/2/mapping_config.json: {words}")
    assert server.infer(model) == 1.0


@pytest.mark.parametrize("model", ["m", "loaded"])
def test_an_edited_mapping_counts_at_the_next_reload(server: LoaderServer, model: str) -> None:
    file = server.folder / model / "1" / "mapping_config.json"
    file.write_text(json.dumps(MAPPING))
    assert server.reload().changed
    assert server.server.metadata(model).inputs[0].name == "image"
    assert not server.reload().changed
    file.write_text(json.dumps({"inputs": {"b": "picture"}}))
    assert server.reload().changed
    assert server.server.metadata(model).inputs[0].name == "picture"
    file.unlink()
    assert server.reload().changed
    assert server.infer(model) == 1.0


@pytest.mark.parametrize("model", ["m", "loaded"])
@pytest.mark.parametrize(
    ("dtype", "values"), [("float32", [[1.5, -2]]), ("int64", [[3, 4]]), ("str", ["x", "yz"])]
)
def test_a_tensor_that_passes_through_has_a_name_on_each_side(
    server: LoaderServer, model: str, dtype: str, values: list[object]
) -> None:
    data = np.array(values, object if dtype == "str" else dtype)
    element_type = ov.Type.string if dtype == "str" else ov.Type(data.dtype)
    (server.folder / model / "2").mkdir()
    mapping = {"inputs": {"same": "given"}, "outputs": {"same": "returned"}}
    (server.folder / model / "2" / "mapping_config.json").write_text(json.dumps(mapping))
    models.write(models.pass_through(element_type, data.shape, "same"), server.folder / model, 2)
    assert not server.reload().failures
    metadata = server.server.metadata(model)
    assert ([info.name for info in metadata.inputs], [info.name for info in metadata.outputs]) == (
        ["given"],
        ["returned"],
    )
    returned = server.server.infer(model, {"given": data})["returned"]
    assert returned.tolist() == ([b"x", b"yz"] if dtype == "str" else values)
