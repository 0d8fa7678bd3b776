"""Every way in which a loader can fail: that version is out, with a cause, and all else goes on."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import openvino as ov
import pytest

import ovserve
from harness import configuration, models
from harness.loader_server import LoaderServer


@pytest.fixture
def hostile(hostile_library: Path, tmp_path: Path) -> Iterator[LoaderServer]:
    server = LoaderServer(hostile_library, tmp_path)
    yield server
    server.server.stop()


FAILURES = {
    "return_ok": "",
    "return_load_error": "MODEL_LOAD_ERROR",
    "return_blacklisted": "",
    "return_internal_error": "INTERNAL_ERROR",
    "return_99": "99",
    "return_-1": "-1",
    "throw_std": "boom",
    "throw_int": "",
    "throw_string": "",
    "throw_null_what": "",
    "throw_custom": "",
    "throw_bad_alloc": "",
    "partial_throw": "failed halfway",
    "empty": "empty",
    "garbage": "",
    "garbage_onnx": "",
    "garbage_blob": "",
}


def test_every_failure_at_once(hostile: LoaderServer) -> None:
    hostile.models = [hostile.model(name.replace("-", "minus"), behaviour=name) for name in FAILURES]
    hostile.models += [hostile.model("good"), configuration.model("plain", hostile.base_path("plain", 1))]
    with hostile:
        assert hostile.infer("good") == hostile.infer("plain") == 1.0
        for behaviour, words in FAILURES.items():
            name = behaviour.replace("-", "minus")
            assert hostile.states(name) == {1: "LOADING!"}, behaviour
            cause = hostile.cause(name)
            assert cause.startswith("UNKNOWN: "), behaviour
            assert words in cause, behaviour
            with pytest.raises(ovserve.NotFoundError):
                hostile.infer(name)
        calls = hostile.log.calls()
        for behaviour in FAILURES:
            name = behaviour.replace("-", "minus")
            assert calls.count(f"loadModel {name} 1") == calls.count(f"unloadModel {name} 1") > 0, behaviour
        assert "unloadModel good 1" not in calls
    assert hostile.log.calls().count("unloadModel good 1") == 1


def test_failed_load_is_tried_again(hostile: LoaderServer) -> None:
    hostile.models = [hostile.model("m", model_file="late.xml", bin_file="late.bin")]
    with hostile:
        assert hostile.states("m") == {1: "LOADING!"}
        folder = hostile.folder / "m" / "1"
        shutil.copy(folder / "model.bin", folder / "late.bin")
        shutil.copy(folder / "model.xml", folder / "late.xml")
        assert not hostile.reload().failures
        assert hostile.infer("m") == 1.0


def test_ir_onnx_and_blob_are_served(hostile: LoaderServer) -> None:
    folder = hostile.base_path("m", 1, 2) / "2"
    compiled = ov.Core().compile_model(folder / "model.xml", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    (folder / "model.blob").write_bytes(compiled.export_model().getvalue())
    (hostile.base_path("onnx", 1) / "1" / "model.onnx").write_bytes(models.onnx_add_constant(4.0))
    shutil.copytree(hostile.folder / "m", hostile.folder / "blob")
    hostile.models = [
        hostile.model("m", keys={"model_version_policy": {"specific": {"versions": [1]}}}),
        hostile.model("onnx", model_file="model.onnx"),
        hostile.model("blob", model_file="model.blob"),
    ]
    with hostile:
        assert hostile.infer("m") == 1.0
        assert hostile.infer("onnx") == 4.0
        assert hostile.infer("blob") == 2.0


@pytest.mark.parametrize("behaviour", ["throw_std", "throw_int", "throw_null_what", "return_internal_error"])
@pytest.mark.parametrize("function", ["unload", "retire", "deinit"])
def test_failures_on_the_way_out_are_survived(hostile: LoaderServer, function: str, behaviour: str) -> None:
    hostile.loaders = [hostile.loader("hostile", settings=f"{function}={behaviour}")]
    hostile.models = [hostile.model("m"), configuration.model("plain", hostile.base_path("plain", 1))]
    with hostile:
        hostile.models, hostile.loaders = hostile.models[1:], []
        hostile.reload()
        assert hostile.states("m") == {1: "END"}
        assert hostile.infer("plain") == 1.0
        assert hostile.log.calls()[2:] == ["retireModel m", "unloadModel m 1", "loaderDeInit", "destructor"]


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("throw_std", "boom"),
        ("throw_int", ""),
        ("throw_null_what", ""),
        ("return_internal_error", "INTERNAL_ERROR"),
    ],
)
def test_loader_init_that_fails(hostile: LoaderServer, behaviour: str, words: str) -> None:
    hostile.loaders = [hostile.loader("hostile", settings=f"init={behaviour}"), hostile.loader("good")]
    hostile.models = [hostile.model("m"), hostile.model("n", loader="good")]
    with hostile:
        assert hostile.infer("n") == 1.0
        assert "loadModel m 1" not in hostile.log.calls()
        failures = [str(failure) for failure in hostile.reload().failures]
        assert any("hostile" in text and "loaderInit" in text and words in text for text in failures)
        hostile.loaders[0] = hostile.loader("hostile")
        assert not hostile.reload().failures
        assert hostile.infer("m") == 1.0


@pytest.mark.parametrize("behaviour", ["null", "throw_std", "throw_int"])
def test_factory_that_fails(hostile: LoaderServer, behaviour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTILE_LOADER_FACTORY", behaviour)
    hostile.models = [hostile.model("m"), configuration.model("plain", hostile.base_path("plain", 1))]
    with hostile:
        assert hostile.infer("plain") == 1.0
        failures = [str(failure) for failure in hostile.reload().failures]
        assert any("hostile" in text and "createCustomLoader" in text for text in failures)


def test_libraries_that_are_none(hostile: LoaderServer, tmp_path: Path) -> None:
    (tmp_path / "text.so").write_text("not a library")
    source = tmp_path / "empty.cpp"
    source.write_text("int nothing() { return 0; }")
    empty = ["g++", "-shared", "-fPIC", str(source), "-o", str(tmp_path / "empty.so")]
    subprocess.run(empty, check=True)
    libraries = {"missing": "missing.so", "text": "text.so", "empty": "empty.so", "upwards": "../up.so"}
    hostile.loaders = [hostile.loader(name, library=Path(file)) for name, file in libraries.items()]
    hostile.models = [hostile.model(f"m_{name}", loader=name) for name in libraries]
    hostile.models.append(configuration.model("plain", hostile.base_path("plain", 1)))
    with hostile:
        assert hostile.infer("plain") == 1.0
        failures = "\n".join(str(failure) for failure in hostile.reload().failures)
        for name, file in libraries.items():
            assert f'"{name}"' in failures
            assert file in failures
            with pytest.raises(ovserve.NotFoundError):
                hostile.infer(f"m_{name}")
    assert hostile.log.calls() == []
