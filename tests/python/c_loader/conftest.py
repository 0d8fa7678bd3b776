"""Libraries of the C interface, compiled by the tests that need them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.c_loader import compile_c_loader

Compile = Callable[[str], Path]


@pytest.fixture
def compiled(tmp_path: Path) -> Compile:
    """Compile C code that includes the header; returns the library."""
    return lambda code: compile_c_loader(code, tmp_path / "libloader.so")
