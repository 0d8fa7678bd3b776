"""Libraries of the C interface, compiled by the tests that need them."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Compile = Callable[[str], Path]

HEADERS = Path(__file__).parents[3] / "cpp/include"


@pytest.fixture
def compiled(tmp_path: Path) -> Compile:
    """Compile C code that includes the header; returns the library."""

    def compile(code: str) -> Path:
        source, library = tmp_path / "loader.c", tmp_path / "libloader.so"
        source.write_text(f"#include <ovserve/c_loader.h>\n#include <stdio.h>\n#include <string.h>\n{code}")
        command = ["gcc", "-std=c99", "-Wall", "-Werror", "-Wno-unused-function", "-shared", "-fPIC"]
        subprocess.run([*command, f"-I{HEADERS}", str(source), "-o", str(library)], check=True)
        return library

    return compile
