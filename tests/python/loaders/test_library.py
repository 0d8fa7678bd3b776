"""A loader's author testing a loader from Python."""

import gc
import threading
from pathlib import Path

import pytest

import ovserve
from harness.call_log import CallLog


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "1"
    folder.mkdir(parents=True)
    (folder / "model.xml").write_bytes(b"<net/>")
    (folder / "model.bin").write_bytes(bytes(range(256)))
    (folder / "model.onnx").write_bytes(b"onnx")
    return tmp_path / "models"


@pytest.fixture
def library(hostile_library: Path) -> ovserve.LoaderLibrary:
    return ovserve.LoaderLibrary(hostile_library)


def test_load_gives_kind_and_views(library: ovserve.LoaderLibrary, files: Path) -> None:
    with library.create() as loader:
        loaded = loader.load("m", files, 1, {"loader_name": "x"})
        assert (loaded.kind, bytes(loaded.model), bytes(loaded.weights)) == (
            "IR",
            b"<net/>",
            bytes(range(256)),
        )
        assert loaded.model.readonly
        assert loader.load("m", files, 1, '{"model_file":"model.onnx"}').kind == "ONNX"
        assert len(loader.load("m", files, 1, '{"model_file":"model.onnx"}').weights) == 0


def test_views_outlive_everything_else(library: ovserve.LoaderLibrary, files: Path) -> None:
    loader = library.create()
    weights = loader.load("m", files, 1, "{}").weights
    loader.deinit()
    del loader
    gc.collect()
    assert bytes(weights) == bytes(range(256))


def test_calls_reach_the_loader_in_order(library: ovserve.LoaderLibrary, files: Path, tmp_path: Path) -> None:
    log = CallLog(tmp_path / "calls")
    with library.create(f"call_log={log.path};blacklist=return_blacklisted") as loader:
        loader.load("m", str(files), 1, {})
        assert loader.blacklisted("m", 1) is True
        loader.unload("m", 1)
        loader.retire("m")
    assert log.calls(questions=True) == [
        "loaderInit",
        "loadModel m 1",
        "getModelBlacklistStatus m 1",
        "unloadModel m 1",
        "retireModel m",
        "loaderDeInit",
        "destructor",
    ]


def test_failures_name_loader_function_model_and_version(library: ovserve.LoaderLibrary, files: Path) -> None:
    with library.create(name="mine") as loader:
        with pytest.raises(ovserve.InternalError) as caught:
            loader.load("m", files, 1, {"behaviour": "throw_std"})
        for word in ("mine", "loadModel", '"m"', "1", "boom"):
            assert word in str(caught.value)
        with pytest.raises(ovserve.FailedPreconditionError):
            loader.load("m", files, 1, {"behaviour": "return_blacklisted"})
        with pytest.raises(ovserve.InternalError):
            loader.load("m", files, 1, {"behaviour": "throw_int"})


def test_failures_to_create(library: ovserve.LoaderLibrary, tmp_path: Path) -> None:
    with pytest.raises(ovserve.InternalError, match="boom"):
        library.create("init=throw_std")
    with pytest.raises(ovserve.InternalError, match=r"nothing\.so"):
        ovserve.LoaderLibrary(tmp_path / "nothing.so").create()


def test_after_deinit_nothing_is_called(library: ovserve.LoaderLibrary, files: Path) -> None:
    loader = library.create()
    loader.deinit()
    loader.deinit()
    with pytest.raises(ovserve.FailedPreconditionError, match="already deinitialised"):
        loader.load("m", files, 1, {})


def test_options_that_are_no_json(library: ovserve.LoaderLibrary, files: Path) -> None:
    with library.create() as loader, pytest.raises(ovserve.InvalidArgumentError, match="options"):
        loader.load("m", files, 1, {"x": object()})


def test_a_slow_call_holds_up_the_library_and_not_python(
    library: ovserve.LoaderLibrary, files: Path, tmp_path: Path
) -> None:
    log, release = CallLog(tmp_path / "calls"), tmp_path / "release"
    settings = f"call_log={log.path};release_file={release}"
    with library.create(settings) as first, library.create(settings) as second:
        slow = threading.Thread(target=lambda: first.load("slow", files, 1, {"behaviour": "hang"}))
        slow.start()
        waiting = threading.Thread(target=lambda: second.load("other", files, 1, {}))
        waiting.start()
        release.touch()  # runs while the library hangs: the interpreter is free
        slow.join(60)
        waiting.join(60)
    assert log.overlapping() == []
    assert {"loadModel slow 1", "loadModel other 1"} <= set(log.calls())
