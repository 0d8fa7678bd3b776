import os
from pathlib import Path

import pytest

from perf.servers.description import ServerDescription
from perf.servers.model_folder import ModelFolder
from perf.servers.running import RunningServer, ServerFailed

HTTP = {"tfs_rest": "/"}


def server(folder: Path, *command: str, **keys: object) -> RunningServer:
    description = ServerDescription("s", command, HTTP, **keys)  # type: ignore[arg-type]
    return RunningServer(
        description, folder, ModelFolder(folder, folder / "c.json", folder, folder / "s.json")
    )


def test_a_server_runs_while_the_context_is_open(tmp_path: Path) -> None:
    command = (
        "{python}",
        "-m",
        "http.server",
        "{rest_port}",
        "--bind",
        "127.0.0.1",
        "--directory",
        "{folder}",
    )
    prepare = ("{python}", "-c", "import pathlib; pathlib.Path('{folder}/ready').touch()")
    with server(tmp_path, *command, ready_path="/ready", prepare=prepare) as running:
        assert running.process.poll() is None
        assert running.processes() == [running.process.pid]
    assert running.process.poll() is not None


def test_one_that_ends_shows_its_last_words(tmp_path: Path) -> None:
    with (
        pytest.raises(ServerFailed, match=r"not ready.*no licence"),
        server(tmp_path, "{python}", "-c", "import sys; sys.exit('no licence')"),
    ):
        pass


def test_a_command_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match="no-such-program"), server(tmp_path, "no-such-program"):
        pass


def test_the_process_may_be_another_one(tmp_path: Path) -> None:
    command = ("{python}", "-m", "http.server", "{rest_port}", "--bind", "127.0.0.1")
    asked = ("{python}", "-c", f"print({os.getpid()})")
    with server(tmp_path, *command, process_command=asked) as running:
        assert running.processes()[0] == os.getpid()
