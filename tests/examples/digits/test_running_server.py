"""What the demo says when the server does not do its part."""

from pathlib import Path

import pytest

import running_server


def test_a_server_that_exits_is_not_waited_for(tmp_path: Path) -> None:
    config = tmp_path / "sampleloader.json"
    config.write_text("{")
    with (
        pytest.raises(running_server.DemoError, match=r"the server exited with 1, see .*server\.log"),
        running_server.serving(config, "digits"),
    ):
        pass
    assert "sampleloader.json" in (tmp_path / "server.log").read_text()


def test_what_never_happens_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_server, "_DEADLINE_S", 0.0)
    with pytest.raises(running_server.DemoError, match="the model did not come back"):
        running_server.wait_until(lambda: False, "the model did not come back")
