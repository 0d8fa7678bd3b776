"""Loaders in Python, written on the spot."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

WriteLoader = Callable[..., str]


@pytest.fixture
def write_loader(tmp_path: Path) -> WriteLoader:
    """Write a file whose class ``L`` has the given body; returns its library_path."""

    def write(
        body: str, *, name: str = "my_loader.py", head: str = "", base: str = "ovserve.CustomLoader"
    ) -> str:
        text = f"import ovserve\n{textwrap.dedent(head)}\nclass L({base}):\n"
        file = tmp_path / name
        file.write_text(text + textwrap.indent(textwrap.dedent(body), "    "))
        return f"{file}:L"

    return write
