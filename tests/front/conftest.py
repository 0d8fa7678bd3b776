from collections.abc import Iterator

import pytest

from harness.echo_server import EchoServer


@pytest.fixture(scope="module", params=["two ports", "one port"])
def echo(request: pytest.FixtureRequest) -> Iterator[EchoServer]:
    with EchoServer(*(["--shared"] if request.param == "one port" else [])) as server:
        yield server
