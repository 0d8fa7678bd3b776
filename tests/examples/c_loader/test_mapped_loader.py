"""The example in C: served, switched off by a push, and its memory mapped in place."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import ovserve
from harness import configuration, models
from ovserve.c_loader import CallFailedError, CLoaderLibrary, Host, Status

OPTIONS = {"loader_name": "mapped"}
LONG_S = 3600.0
TIMEOUT_S = 60.0

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def base_path(tmp_path: Path) -> Path:
    return models.write(models.add_constant(1.0), tmp_path / "m")


def test_its_table(mapped_library: Path) -> None:
    library = CLoaderLibrary(mapped_library)
    assert library.abi_version == 1
    assert library.functions == {"init", "load", "blacklist_status", "retire", "deinit"}


def test_it_lends_the_pages_of_the_files(mapped_library: Path, base_path: Path) -> None:
    host = Host()
    with CLoaderLibrary(mapped_library).create(host=host) as loader:
        loaded = loader.load("m", base_path, 1, OPTIONS)
        assert loaded.kind == "IR"
        assert bytes(loaded.model) == (base_path / "1/model.xml").read_bytes()
        assert bytes(loaded.weights) == (base_path / "1/model.bin").read_bytes()
        address = np.frombuffer(loaded.weights, np.uint8).ctypes.data
        assert str(base_path / "1/model.bin") in mapping_of(address)
        loaded.close()
        assert str(base_path / "1/model.bin") not in mapping_of(address)
        assert [(each.model, each.fraction, each.text) for each in host.progress] == [("m", 0.5, "mapping")]
    assert any("mapped" in text for _, text in host.log_lines)


def mapping_of(address: int) -> str:
    """The line of this process's memory map that an address lies in."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        begin, end = (int(part, 16) for part in line.split()[0].split("-"))
        if begin <= address < end:
            return line
    return ""


def test_an_author_tests_it_without_a_server(mapped_library: Path, base_path: Path, tmp_path: Path) -> None:
    with ovserve.LoaderLibrary(mapped_library).create() as loader:
        loaded = loader.load("m", base_path, 1, OPTIONS)
        assert (loaded.kind, loaded.weights.readonly) == ("IR", True)
        weights = np.frombuffer(loaded.weights, np.uint8)
        del loaded
        assert str(base_path / "1/model.bin") in mapping_of(weights.ctypes.data)
        assert not loader.blacklisted("m", 1)
        loader.unload("m", 1)
        (base_path / "1/disabled").touch()
        with pytest.raises(ovserve.FailedPreconditionError, match="disabled exists"):
            loader.load("m", base_path, 1, OPTIONS)
        assert loader.blacklisted("m", 1)
        (tmp_path / "1").mkdir()
        with pytest.raises(ovserve.InternalError, match=r"model \"m\" version 1.*expected exactly one"):
            loader.load("m", tmp_path, 1, OPTIONS)
    address = weights.ctypes.data
    del weights  # the last that keeps the pages, which outlived the loader
    assert str(base_path / "1/model.bin") not in mapping_of(address)


def test_it_says_what_is_missing(mapped_library: Path, tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    with CLoaderLibrary(mapped_library).create() as loader:
        with pytest.raises(CallFailedError, match=r"expected exactly one \.xml file") as caught:
            loader.load("m", tmp_path, 1, OPTIONS)
        assert caught.value.status is Status.MODEL_LOAD_ERROR


def test_it_pushes_what_changes(mapped_library: Path, base_path: Path) -> None:
    host = Host()
    with CLoaderLibrary(mapped_library).create(host=host) as loader:
        loader.load("m", base_path, 1, OPTIONS).close()
        assert loader.blacklist_status("m", 1) is Status.OK
        for there in (True, False):
            seen = host.blacklist_changes
            disabled = base_path / "1/disabled"
            disabled.touch() if there else disabled.unlink()
            assert host.wait_for_blacklist_change(seen, TIMEOUT_S)
            expected = Status.MODEL_BLACKLISTED if there else Status.OK
            assert loader.blacklist_status("m", 1) is expected


def test_a_push_takes_a_version_out_of_service_at_once(
    mapped_library: Path, base_path: Path, eventually: Eventually
) -> None:
    model = configuration.model("m", base_path, custom_loader_options=OPTIONS)
    document = configuration.document([model], [configuration.loader("mapped", mapped_library)])
    with ovserve.Server(document, port=None, poll_interval_s=LONG_S) as server:
        numbers = np.zeros((1, 10), np.float32)
        np.testing.assert_array_equal(server.infer("m", {"b": numbers})["a"], numbers + 1)
        (base_path / "1/disabled").touch()
        eventually(lambda: server.status("m")[0].state == "END")
        (base_path / "1/disabled").unlink()
        eventually(lambda: server.status("m")[0].state == "AVAILABLE")
        np.testing.assert_array_equal(server.infer("m", {"b": numbers})["a"], numbers + 1)


def test_make_says_what_it_needs(tmp_path: Path) -> None:
    source = Path(__file__).parents[3] / "examples/c_loader"
    for file in ("Makefile", "mapped_loader.c"):
        (tmp_path / file).write_bytes((source / file).read_bytes())
    done = subprocess.run(
        ["make", "INCLUDE_DIR=/nowhere"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "ovserve/c_loader.h is missing" in done.stderr
    done = subprocess.run(
        ["make", "CC=no-such-compiler"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "no-such-compiler is missing. Install it with: apt-get install gcc" in done.stderr
