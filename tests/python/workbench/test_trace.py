"""The command ``ovserve loader trace`` where it cannot do its work."""

import pytest

from harness.server_process import free_port
from ovserve import cli


def test_nobody_there(capsys: pytest.CaptureFixture[str]) -> None:
    port = str(free_port())
    assert cli.main(["loader", "trace", "--rest-port", port]) == 1
    assert f"no server answers at 127.0.0.1:{port}" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["0", "65536", "x", "-1"])
def test_ports_that_are_none(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["loader", "trace", f"--rest-port={port}"]) == 2
    assert "must be a port" in capsys.readouterr().err
