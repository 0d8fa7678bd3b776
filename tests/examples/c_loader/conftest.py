"""The example in C, built from a copy."""

from pathlib import Path

import pytest

from harness.example_loaders import build_mapped_loader


@pytest.fixture(scope="session")
def mapped_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """libmapped.so, built by its own Makefile."""
    return build_mapped_loader(tmp_path_factory.mktemp("c"))
