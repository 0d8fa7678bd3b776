"""The commands that edit a configuration, beside a server that follows the file."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import configuration, models
from harness.loader_server import LoaderServer
from harness.server_process import ServerProcess, run_to_end
from ovserve.config.command_line import parse_arguments
from ovserve.config_editing.command import run_command

Eventually = Callable[[Callable[[], bool]], None]


def test_a_running_server_follows(tmp_path: Path) -> None:
    for name in ("a", "group/b"):
        models.write(models.add_constant(), tmp_path / name)
    listed = run_to_end(["--list_models", "--model_repository_path", str(tmp_path)])
    assert (listed.returncode, listed.stdout, listed.stderr) == (0, "a\ngroup/b\n", "")
    config = configuration.write(
        tmp_path / "config.json", configuration.document([configuration.model("a", tmp_path / "a")])
    )
    flags = ["--config_path", str(config), "--file_system_poll_wait_seconds", "0.05"]
    with ServerProcess(*flags) as server:
        server.wait_until_ready()
        target = ["--config_path", str(tmp_path), "--model_name"]
        added = run_to_end(["--add_to_config", *target, "group/b", "--model_repository_path", "."])
        assert (added.returncode, added.stdout, added.stderr) == (0, f"Config updated: {config}\n", "")
        server.wait_for_line('model "group/b" version 1: AVAILABLE')
        removed = run_to_end(["--remove_from_config", *target, "a"])
        assert (removed.returncode, removed.stdout) == (0, f"Config updated: {config}\n")
        server.wait_for_line('model "a" version 1: END')
        again = run_to_end(["--remove_from_config", *target, "a"])
        assert (again.returncode, again.stdout) == (1, "")
        assert 'model "a" is not configured; the file has group/b' in again.stderr
        assert server.stop() == 0
        assert "not valid JSON" not in server.output


def test_no_reader_ever_sees_half_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, eventually: Eventually
) -> None:
    server = LoaderServer(Path("none"), tmp_path, poll_interval_s=0.001)
    server.loaders = []
    server.models = [configuration.model("a", server.base_path("a", 1))]
    server.base_path("b", 1)
    flags = ["--config_path", str(server.config), "--model_name", "b"]
    with server:
        for _ in range(100):
            run_command("add_to_config", parse_arguments([*flags, "--model_path", "b"]))
            assert server.infer("a") == 1.0
            run_command("remove_from_config", parse_arguments(flags))
        run_command("add_to_config", parse_arguments([*flags, "--model_path", "b"]))
        eventually(lambda: "b" in server.server.statuses() and server.states("b") == {1: "AVAILABLE"})
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    assert "config.json" in os.listdir(tmp_path)
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".new")]


def test_the_variable_names_repository_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models.write(models.add_constant(), tmp_path / "m")
    monkeypatch.setenv("OVMS_MODEL_REPOSITORY_PATH", str(tmp_path))
    assert run_to_end(["--list_models"]).stdout == "m\n"
    assert run_to_end(["--add_to_config", "--model_name", "m"]).returncode == 0
    assert json.loads((tmp_path / "config.json").read_text()) == configuration.document(
        [configuration.model("m", tmp_path / "m")]
    )
    with ServerProcess("--config_path", str(tmp_path / "config.json")) as server:
        server.wait_for_line('model "m" version 1: AVAILABLE')


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--add_to_config", "--model_name", "m"], "--add_to_config needs --config_path"),
        (["--list_models"], "--list_models needs --model_repository_path"),
        (["--list_models", "--remove_from_config"], "--list_models excludes --remove_from_config"),
    ],
)
def test_usage_errors_are_exit_64(arguments: list[str], words: str) -> None:
    result = run_to_end(arguments)
    assert (result.returncode, result.stdout) == (64, "")
    assert result.stderr.startswith(f"ovserve: {words}")
