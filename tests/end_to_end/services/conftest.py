"""A server of services that tests may share: they register what they need."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.service_server import ServiceServer
from ovserve.config.frontend import FrontendChoice


@pytest.fixture(scope="package")
def store(tmp_path_factory: pytest.TempPathFactory, front: FrontendChoice) -> Path:
    """The store of the shared server."""
    return tmp_path_factory.mktemp("services") / "store"


@pytest.fixture(scope="package")
def server(store: Path, front: FrontendChoice) -> Iterator[ServiceServer]:
    """A server without keys on each front, over a store that is empty at first."""
    store.mkdir()
    with ServiceServer(store, store.parent, front=front) as server:
        yield server.wait_until_ready()  # type: ignore[misc]
