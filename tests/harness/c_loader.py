"""Compiling loaders in C for tests, as their authors would."""

import subprocess
from pathlib import Path

_HEADERS = Path(__file__).parents[2] / "cpp/include"
_INCLUDES = "".join(f"#include <{name}>\n" for name in ("ovserve/c_loader.h", "stdio.h", "string.h"))
_FLAGS = ["-std=gnu99", "-Wall", "-Werror", "-Wno-unused-function", "-shared", "-fPIC", "-pthread"]


def compile_c_loader(code: str, library: Path) -> Path:
    """Compile C code, to which the header and the usual ones of C are added; return the library."""
    source = library.with_suffix(".c")
    source.write_text(f"{_INCLUDES}{code}")
    subprocess.run(["gcc", *_FLAGS, f"-I{_HEADERS}", str(source), "-o", str(library)], check=True)
    return library
