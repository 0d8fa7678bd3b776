"""KServe's readiness of a model through its life, as probes and tritonclient ask for it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException

from harness.loader_server import LoaderServer
from ovserve.config.frontend import FrontendChoice


@pytest.fixture
def served(hostile_library: Path, tmp_path: Path, front: FrontendChoice) -> Iterator[LoaderServer]:
    """A server that has no model yet."""
    with LoaderServer(hostile_library, tmp_path, rest_port=0, frontend=front) as server:
        yield server


@pytest.fixture(params=["grpc", "http"])
def is_ready(request: pytest.FixtureRequest, served: LoaderServer) -> Iterator[Callable[..., bool]]:
    module, port = {
        "grpc": (tritonclient.grpc, served.server.grpc_port),
        "http": (tritonclient.http, served.server.rest_port),
    }[request.param]
    with module.InferenceServerClient(f"127.0.0.1:{port}") as client:

        def ask(version: str = "") -> bool:
            try:
                ready: Any = client.is_model_ready("m", version)
            except InferenceServerException as error:
                if error.status() == "StatusCode.NOT_FOUND":
                    return False
                raise
            return bool(ready)

        yield ask


def test_a_model_s_life(served: LoaderServer, is_ready: Callable[..., bool]) -> None:
    def readiness() -> tuple[bool, bool, bool]:
        """Of the default version, of version 1 and of version 2."""
        return is_ready(), is_ready("1"), is_ready("2")

    assert readiness() == (False, False, False)
    served.models = [served.model("m", status_file="status")]
    served.reload()
    assert readiness() == (True, True, False)

    served.base_path("m", 2)
    served.reload()
    assert readiness() == (True, False, True)

    status = served.folder / "m/2/status"
    status.write_text("DISABLED\n")
    served.reload()
    assert readiness() == (False, False, False)

    status.unlink()
    served.reload()
    assert readiness() == (True, False, True)

    served.models = []
    served.reload()
    assert readiness() == (False, False, False)


def test_a_model_that_cannot_be_loaded(served: LoaderServer, is_ready: Callable[..., bool]) -> None:
    served.models = [served.model("m", behaviour="throw_std")]
    served.reload()
    assert not is_ready()
    assert not is_ready("1")
    served.models = [served.model("m")]
    served.reload()
    assert is_ready()
