from collections.abc import Iterator

import pytest

from harness.echo_server import PROGRAM, EchoServer


@pytest.fixture(scope="session", autouse=True)
def _program() -> None:
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} is not built: make cpp-tests")


@pytest.fixture(scope="module", params=["two ports", "one port"])
def echo(request: pytest.FixtureRequest) -> Iterator[EchoServer]:
    with EchoServer(*(["--shared"] if request.param == "one port" else [])) as server:
        yield server
