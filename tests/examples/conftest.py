"""The examples as their users have them: built from a copy, run on folders of their own."""

from pathlib import Path

import pytest

from harness.example_loaders import build_sample_loader


@pytest.fixture(scope="session")
def sample_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """libsampleloader.so, built by its own Makefile."""
    return build_sample_loader(tmp_path_factory.mktemp("loader"))
