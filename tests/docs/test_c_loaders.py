"""docs/c-loaders.md is true: its code builds and runs, its tables name every function."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ovserve
from harness import models
from harness.c_loader import compile_c_loader
from ovserve.c_loader.header import interface

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/c-loaders.md").read_text()
# What the page's loader leaves to its author.
LEFT_OUT = """
static const ovserve_host_api* server;
static int decrypt_into(const char* base, int64_t version, ovserve_buffer* model, ovserve_buffer* weights) {
  return 0;
}
static ovserve_status init(ovserve_host host, ovserve_call call, const char* config_file, void** loader,
                           char* message, uint64_t message_size) {
  return OVSERVE_OK;
}
static ovserve_status deinit(void* loader, ovserve_call call, char* message, uint64_t message_size) {
  return OVSERVE_OK;
}
"""


def blocks(language: str, page: str = PAGE) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert found
    return found


def functions(struct: str) -> set[str]:
    fields = interface().typeof(struct).fields
    return {name for name, field in fields if field.type.kind == "function"}


def test_the_loader_builds_and_answers(tmp_path: Path) -> None:
    library = compile_c_loader(LEFT_OUT + blocks("c")[0], tmp_path / "libmy.so")
    with (
        ovserve.LoaderLibrary(library).create() as loader,
        pytest.raises(ovserve.InternalError, match="no key"),
    ):
        loader.load("m", tmp_path, 1, {})


def test_every_function_is_described() -> None:
    described = set(re.findall(r"^\| `(\w+)(?:\(.*?\))?` \|", PAGE, re.MULTILINE))
    assert described == functions("ovserve_loader_api") | functions("ovserve_host_api")


def test_driving_one_from_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    build_mapped(tmp_path)
    models.write(models.add_constant(), tmp_path / "models/digits")
    (code,) = blocks("python")
    told = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout
    logged = re.escape("[(<LogLevel.INFO: 2>, 'models are mapped, not read')]")
    assert re.fullmatch(rf"IR \d+ \d+ {logged}\n", told)


def build_mapped(folder: Path) -> None:
    command = ["make", f"INCLUDE_DIR={ROOT / 'cpp/include'}", f"OUT_LIB={folder / 'libmapped.so'}"]
    subprocess.run(command, cwd=ROOT / "examples/c_loader", check=True, capture_output=True)


def test_the_configuration_of_the_example_in_c(tmp_path: Path) -> None:
    build_mapped(tmp_path)
    models.write(models.add_constant(1.0), tmp_path / "digits")
    (text,) = blocks("json", (ROOT / "examples/c_loader/README.md").read_text())
    (tmp_path / "config.json").write_text(text)
    numbers = np.zeros((1, 10), np.float32)
    with ovserve.Server(tmp_path / "config.json", port=None) as server:
        np.testing.assert_array_equal(server.infer("digits", {"b": numbers})["a"], numbers + 1)
