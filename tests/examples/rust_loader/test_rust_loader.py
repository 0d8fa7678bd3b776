"""The example in Rust: built without crates and network, driven and served."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import ovserve
from harness import models
from ovserve.c_loader import CallFailedError, CLoaderLibrary, Host

EXAMPLE = Path(__file__).parents[3] / "examples/rust_loader"
OPTIONS = {"loader_name": "rust"}

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("target")
    subprocess.run(
        ["cargo", "build", "--offline", "--release"],
        cwd=EXAMPLE,
        env={**os.environ, "CARGO_TARGET_DIR": str(target)},
        check=True,
        capture_output=True,
    )
    return target / "release/librust_loader.so"


@pytest.fixture
def base_path(tmp_path: Path) -> Path:
    return models.write(models.add_constant(1.0), tmp_path / "m")


def test_it_lends_its_vectors(library: Path, base_path: Path) -> None:
    host = Host()
    with CLoaderLibrary(library).create(host=host) as loader:
        loaded = loader.load("m", base_path, 1, OPTIONS)
        assert bytes(loaded.weights) == (base_path / "1/model.bin").read_bytes()
        loaded.close()
    assert any("a loader in Rust" in text for _, text in host.log_lines)


def test_it_says_what_is_missing_and_stops_when_told(library: Path, base_path: Path, tmp_path: Path) -> None:
    host = Host()
    with CLoaderLibrary(library).create(host=host) as loader:
        with pytest.raises(CallFailedError, match="No such file or directory"):
            loader.load("m", tmp_path / "nothing", 1, OPTIONS)
        host.cancel()
        with pytest.raises(CallFailedError, match="nobody wants it any more"):
            loader.load("m", base_path, 1, OPTIONS)


def test_it_is_served_with_the_configuration_of_its_readme(library: Path, tmp_path: Path) -> None:
    built = tmp_path / "target/release/librust_loader.so"
    built.parent.mkdir(parents=True)
    shutil.copy(library, built)
    models.write(models.add_constant(1.0), tmp_path / "digits")
    readme = (EXAMPLE / "README.md").read_text()
    (text,) = re.findall(r"^```json\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    (tmp_path / "config.json").write_text(text)
    with ovserve.Server(tmp_path / "config.json", port=None) as server:
        numbers = np.zeros((1, 10), np.float32)
        np.testing.assert_array_equal(server.infer("digits", {"b": numbers})["a"], numbers + 1)
