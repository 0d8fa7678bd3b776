"""A loader's author testing a loader from Python."""

import gc
import threading
from pathlib import Path

import numpy as np
import pytest

import ovserve
from harness import configuration
from harness.call_log import CallLog
from ovserve.config.loader_path import PythonLoaderPath
from ovserve.loaders.find_class import loader_class

from .conftest import WriteLoader


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


def test_a_class_in_python(write_loader: WriteLoader, files: Path) -> None:
    path = write_loader(
        """
        def load_model(self, name, base_path, version, options):
            folder = f"{base_path}/{version}"
            return ovserve.ModelBuffers("IR", Path(folder, "model.xml").read_bytes(), bytearray(b"weights"))
        def blacklist_status(self, name, version):
            if version == 7: raise OSError("licence server is gone")
            return ovserve.BlacklistStatus.BLACKLISTED
        """,
        head="from pathlib import Path",
    )
    library = ovserve.LoaderLibrary(path)
    assert library.path == path
    with library.create() as loader:
        loaded = loader.load("m", files, 1, {"loader_name": "x"})
        assert (loaded.kind, bytes(loaded.model), bytes(loaded.weights)) == ("IR", b"<net/>", b"weights")
        assert loaded.weights.readonly
        assert loader.blacklisted("m", 1)
        with pytest.raises(
            ovserve.InternalError, match=r'"my_loader\.py:L": blacklist_status .*licence server'
        ):
            loader.blacklisted("m", 7)
        loader.unload("m", 1)
        loader.retire("m")
    with pytest.raises(ovserve.FailedPreconditionError, match="already deinitialised"):
        loader.load("m", files, 1, {})


def test_memory_of_a_loader_in_python_is_shared_and_let_go_exactly(write_loader: WriteLoader) -> None:
    """numpy says where the bytes are, weakref when the object goes."""
    path = write_loader(
        """
        given = []
        def load_model(self, name, base_path, version, options):
            weights = {"numpy": Array(64), "bytearray": bytearray(64)}[name]
            self.given.append(weakref.ref(weights) if name == "numpy" else weights)
            L.address = np.frombuffer(weights, np.uint8).ctypes.data
            return ovserve.ModelBuffers("IR", b"<net/>", weights)
        """,
        head="""
        import weakref
        import numpy as np
        class Array(np.ndarray): ...
        """,
    )
    given = loader_class(PythonLoaderPath(*path.rsplit(":", 1))).given  # type: ignore[attr-defined]
    library = ovserve.LoaderLibrary(path)
    loader = library.create()
    loaded = loader.load("numpy", "", 1, {})
    weights = loaded.weights
    address = np.frombuffer(weights, np.uint8).ctypes.data
    assert address == loader_class(PythonLoaderPath(*path.rsplit(":", 1))).address  # type: ignore[attr-defined]
    loader.unload("numpy", 1)
    loader.deinit()
    del loaded, loader
    assert given[0]() is not None
    threads = [threading.Thread(target=weights.release)]  # whichever thread it is
    threads[0].start()
    threads[0].join()
    del weights
    assert given[0]() is None
    with library.create() as loader:
        loaded = loader.load("bytearray", "", 1, {})
        with pytest.raises(BufferError):
            given[1].append(1)
        del loaded
        given[1].append(1)


def test_threading_local_of_a_loader_in_python_lasts(write_loader: WriteLoader, tmp_path: Path) -> None:
    """The server's thread for a loader is one thread for Python too."""
    path = write_loader(
        """
        def init(self, config_file):
            local.seen = threading.current_thread()
            self.config_file = config_file
        def load_model(self, name, base_path, version, options):
            assert local.seen is threading.current_thread()
            Path(self.config_file).write_text("same thread\\n")
            raise ovserve.ModelBlacklistedError("seen")
        """,
        head="import threading\nfrom pathlib import Path\nlocal = threading.local()",
    )
    (tmp_path / "m" / "1").mkdir(parents=True)
    model = configuration.model("m", tmp_path / "m", custom_loader_options={"loader_name": "x"})
    entry = configuration.loader("x", Path(path), str(tmp_path / "seen"))
    with ovserve.Server(configuration.document([model], [entry]), port=None) as server:
        assert "seen" in server.status("m")[0].error_message
    assert (tmp_path / "seen").read_text().startswith("same thread\n")


def test_what_names_no_class() -> None:
    with pytest.raises(ovserve.InvalidArgumentError, match="needs its class too"):
        ovserve.LoaderLibrary("my_loader.py")
    library = ovserve.LoaderLibrary("no_such_package.module:X")
    assert library.path == "no_such_package.module:X"
    with pytest.raises(ovserve.InternalError, match="there is no module no_such_package"):
        library.create()
