"""Models from files in every format that OpenVINO reads, and directories that hold none or too many."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from harness import configuration, model_formats
from harness.loader_server import ONES, LoaderServer
from harness.model_formats import Files
from harness.server_process import ServerProcess

Format = Callable[[float], Files]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoaderServer]:
    """One model per format, named like it, with versions 1 (b + 1) and 2 (b + 2)."""
    server = LoaderServer(Path("none"), tmp_path_factory.mktemp("formats"))
    server.loaders = []
    for form in model_formats.FORMATS:
        for version in (1, 2):
            model_formats.write(form(float(version)), server.folder / form.__name__ / str(version))
        entry = configuration.model(
            form.__name__, server.folder / form.__name__, model_version_policy={"all": {}}
        )
        server.models.append(entry)
    with server:
        yield server


def names(form: Format) -> tuple[str, str]:
    """Return what clients call input and output: TensorFlow's frozen graphs name tensors with a number."""
    return ("b:0", "a:0") if form is model_formats.tensorflow_frozen_graph else ("b", "a")


@pytest.mark.parametrize("form", model_formats.FORMATS, ids=lambda form: form.__name__)
def test_a_version_directory_in_each_format(server: LoaderServer, form: Format) -> None:
    given, returned = names(form)
    (info,) = server.server.metadata(form.__name__).inputs
    assert (info.name, info.precision, info.shape) == (given, "FP32", [1, 10])
    for version in (1, 2):
        outputs = server.server.infer(form.__name__, {given: ONES}, version)
        np.testing.assert_array_equal(outputs[returned], ONES + version)


@pytest.mark.parametrize("form", model_formats.FORMATS, ids=lambda form: form.__name__)
def test_options_apply_to_each_format(tmp_path: Path, form: Format) -> None:
    server = LoaderServer(Path("none"), tmp_path)
    server.loaders = []
    base_path = model_formats.write(form(1.0), tmp_path / "m" / "1").parent
    (base_path / "1" / "mapping_config.json").write_text(f'{{"inputs": {{"{names(form)[0]}": "image"}}}}')
    server.models = [configuration.model("m", base_path, shape={"image": "(3,10)"}, mean=1)]
    with server:
        outputs = server.server.infer("m", {"image": np.ones((3, 10), np.float32)})
        np.testing.assert_array_equal(outputs[names(form)[1]], np.ones((3, 10)))


def model_file(files: Files) -> str:
    return next(name for name in files if not name.endswith((".bin", ".pdiparams")))


@pytest.mark.parametrize(
    "form",
    [form for form in model_formats.FORMATS if form is not model_formats.tensorflow_saved_model],
    ids=lambda form: form.__name__,
)
def test_a_model_file_as_base_path_is_version_1(tmp_path: Path, form: Format) -> None:
    files = form(4.0)
    file = model_formats.write(files, tmp_path / "flat") / model_file(files)
    server = LoaderServer(Path("none"), tmp_path)
    server.loaders = []
    server.models = [configuration.model("m", file)]
    with server:
        assert server.states("m") == {1: "AVAILABLE"}
        outputs = server.server.infer("m", {names(form)[0]: ONES})
        np.testing.assert_array_equal(outputs[names(form)[1]], ONES + 4)


def test_a_model_file_on_the_command_line(tmp_path: Path) -> None:
    file = model_formats.write(model_formats.onnx(1.0), tmp_path) / "model.onnx"
    with ServerProcess("--model_name", "m", "--model_path", str(file)) as server:
        server.wait_until_ready()
        server.wait_for_line('model "m" version 1: AVAILABLE')
        assert server.stop() == 0


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"readme.txt": b""}, "no model in directory {folder}: expected a .xml file with its .bin"),
        ({"model.xml": b"<net/>"}, "no weights for {folder}/model.xml: expected model.bin beside it"),
        (
            {"a.onnx": b"", "b.onnx": b""},
            "directory {folder} holds 2 .onnx files (a.onnx, b.onnx); expected one",
        ),
        (
            {"a.tflite": b"", "b.tflite": b"", "c.tflite": b""},
            "holds 3 .tflite files (a.tflite, b.tflite, ...)",
        ),
        ({"a.pb": b"", "b.pb": b""}, "holds 2 .pb files (a.pb, b.pb); expected one"),
        ({"a.pdmodel": b"", "b.pdmodel": b""}, "holds 2 .pdmodel files (a.pdmodel, b.pdmodel); expected one"),
        ({"model.xml": b"garbage", "model.bin": b""}, "cannot read {folder}/model.xml: "),
        ({"model.onnx": b"garbage"}, "cannot read {folder}/model.onnx: "),
        ({"frozen.pb": b"garbage"}, "cannot read {folder}/frozen.pb: "),
        ({"saved_model.pb": b"garbage"}, "cannot read {folder}: "),
        ({"model.tflite": b"garbage"}, "cannot read {folder}/model.tflite: "),
        ({"m.pdmodel": b"garbage"}, "cannot read {folder}/m.pdmodel: "),
        (
            {"inference.pdmodel": model_formats.paddle(1.0)["inference.pdmodel"]},
            "cannot read {folder}/inference.pdmodel: ",
        ),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_directories_that_hold_no_model_or_too_many(tmp_path: Path, files: Files, words: str) -> None:
    folder = model_formats.write(files, tmp_path / "m" / "1")
    server = LoaderServer(Path("none"), tmp_path)
    server.loaders = []
    server.models = [configuration.model("m", folder.parent)]
    with server:
        assert server.states("m") == {1: "LOADING!"}
        assert words.format(folder=folder) in server.cause("m")
