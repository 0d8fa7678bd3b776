"""Fixtures for pytest, for tests of custom loaders; ``pip install 'ovserve[dev]'`` brings pytest.

The loader under test is named in pytest's configuration, or on its command line by ``--ovserve-library``::

    [pytest]
    ovserve_library = libmy.so
    ovserve_loader_config = my.json

Paths are relative to pytest's root directory. What a fixture gives can be changed by a fixture of the same
name in a ``conftest.py``: ``ovserve_model`` where models have another form, ``ovserve_options`` for the
loader's options.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # the plugin is imported by every pytest of an environment that has ovserve
    import ovserve
    from ovserve.testing.client import Client
    from ovserve.testing.tiny_model import TinyModel

_LOADER = "under_test"
_MODEL = "tiny"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings."""
    parser.getgroup("ovserve").addoption(
        "--ovserve-library", metavar="LIBRARY", help="the custom loader under test; wins over ovserve_library"
    )
    parser.addini("ovserve_library", "the custom loader under test: libmy.so, my_loader.py:MyLoader")
    parser.addini("ovserve_loader_config", "its loader_config_file")


@pytest.fixture(scope="session")
def ovserve_library(pytestconfig: pytest.Config) -> str:
    """``library_path`` of the loader under test."""
    from ovserve.config.loader_path import resolve_loader_path

    text = pytestconfig.getoption("--ovserve-library") or pytestconfig.getini("ovserve_library")
    if not text:
        pytest.fail(
            "no loader to test: set ovserve_library in pytest's configuration, or --ovserve-library",
            pytrace=False,
        )
    return resolve_loader_path(str(text), str(pytestconfig.rootpath))


@pytest.fixture(scope="session")
def ovserve_loader_config(pytestconfig: pytest.Config) -> str:
    """``loader_config_file`` of the loader under test; empty if there is none."""
    text = str(pytestconfig.getini("ovserve_loader_config"))
    return str(pytestconfig.rootpath / text) if text else ""


@pytest.fixture
def ovserve_model(tmp_path: Path) -> "TinyModel":
    """A model in a folder of the test's own: ``base_path/1/model.xml`` and ``model.bin``, which add 1."""
    from ovserve.testing.tiny_model import write_tiny_model

    return write_tiny_model(tmp_path / _MODEL)


@pytest.fixture
def ovserve_options() -> dict[str, Any]:
    """``custom_loader_options`` of the model in :func:`ovserve_server`, beside ``loader_name``."""
    return {}


@pytest.fixture
def ovserve_loader(ovserve_library: str, ovserve_loader_config: str) -> "Iterator[ovserve.Loader]":
    """The loader under test by itself, initialised; it is ended after the test."""
    import ovserve

    with ovserve.LoaderLibrary(ovserve_library).create(ovserve_loader_config) as loader:
        yield loader


@pytest.fixture
def ovserve_server(
    ovserve_library: str,
    ovserve_loader_config: str,
    ovserve_model: "TinyModel",
    ovserve_options: dict[str, Any],
) -> "Iterator[ovserve.Server]":
    """A server in this process that serves the model through the loader, on free ports of 127.0.0.1."""
    import ovserve

    loader = {
        "loader_name": _LOADER,
        "library_path": ovserve_library,
        "loader_config_file": ovserve_loader_config,
    }
    model = {
        "name": _MODEL,
        "base_path": str(ovserve_model.base_path),
        "custom_loader_options": {"loader_name": _LOADER, **ovserve_options},
    }
    document = {"custom_loader_config_list": [{"config": loader}], "model_config_list": [{"config": model}]}
    with ovserve.Server(document, rest_port=0) as server:
        yield server


@pytest.fixture
def ovserve_client(ovserve_server: "ovserve.Server", ovserve_model: "TinyModel") -> "Client":
    """A client of that server's REST API."""
    from ovserve.testing.client import Client

    assert ovserve_server.rest_port is not None
    return Client(ovserve_server.rest_port, _MODEL, ovserve_model.input, ovserve_model.output)
