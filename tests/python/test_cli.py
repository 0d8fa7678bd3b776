import importlib.metadata
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ovserve import cli, log
from ovserve.config.schema import ServerOptions
from ovserve.errors import ConfigurationError


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[ServerOptions]:
    """Put a server in place that only notes its options, and leave logging alone."""
    runs: list[ServerOptions] = []
    server = ModuleType("ovserve.server")

    def run(options: ServerOptions) -> int:
        runs.append(options)
        if options.config_path == "bad.json":
            raise ConfigurationError("bad.json: the document: expected an object, got []")
        return 3

    server.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ovserve.server", server)
    monkeypatch.setattr("ovserve.server", server, raising=False)
    monkeypatch.setattr(log, "set_up", lambda level, path: None)
    return runs


def test_stopping_the_server_of_a_directory(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    started: list[ServerOptions],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["--stop"]) == 1
    assert capsys.readouterr().err == f"ovserve: --stop: no server with services runs in {tmp_path}\n"
    monkeypatch.setattr(
        cli, "stop_server", lambda directory, timeout_s: 4711 if directory == str(tmp_path) else 0
    )
    assert cli.main(["--stop", "--model-store", "elsewhere"]) == 0
    assert capsys.readouterr().out == "The server has ended: process 4711\n"
    assert started == []


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["--help", "--port", "1"]])
def test_usage_is_exit_0(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 0
    assert capsys.readouterr().out.startswith("Usage: ovserve --config_path FILE")


def test_version_is_two_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    ours, backend = capsys.readouterr().out.splitlines()
    assert ours.startswith("ovserve ")
    assert backend == f"OpenVINO backend {importlib.metadata.version('openvino')}"


def test_includes_can_be_pasted_into_a_compiler_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "with space" / "include"
    directory.mkdir(parents=True)
    monkeypatch.setattr(cli, "include_directory", lambda: directory)
    assert cli.main(["--includes"]) == 1
    assert f"customloaderinterface.hpp is not in {directory}" in capsys.readouterr().err
    (directory / "customloaderinterface.hpp").write_text("")
    assert cli.main(["--includes"]) == 0
    assert shlex.split(capsys.readouterr().out) == [f"-I{directory}", "-std=c++17"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--prot", "1"], "ovserve: unknown flag --prot; did you mean --port?\n"),
        (["--stateful"], "ovserve: --stateful: stateful models are not offered\n"),
        (["--port", "x"], 'ovserve: --port: expected an integer from 0 to 65535, got "x"\n'),
        (
            ["--model_name", "m"],
            "ovserve: --model_path is missing: one model needs --model_name and --model_path\n",
        ),
        (["--version", "--bogus"], "ovserve: unknown flag --bogus; see --help\n"),
        (["--config_path", "a\udcff"], "ovserve: --config_path: the value is not UTF-8: 'a\\udcff'\n"),
    ],
)
def test_a_wrong_command_line_is_exit_64(
    arguments: list[str], message: str, started: list[ServerOptions], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 64
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", message)
    assert started == []


def test_commands_change_a_file_and_start_no_server(
    tmp_path: Path, started: list[ServerOptions], capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.json"
    add = ["--add_to_config", "--config_path", str(config), "--model_name", "m"]
    assert cli.main([*add, "--model_path", "m"]) == 0
    output = capsys.readouterr()
    assert output.out == f"Config updated: {config}\n"
    assert output.err == (
        f"ovserve: base_path {tmp_path}/m: No such file or directory; it is loaded once it is there\n"
    )
    assert cli.main([*add, "--model_path", "m"]) == 1
    assert f'ovserve: {config}: model "m" is configured already' in capsys.readouterr().err
    assert cli.main([*add, "--nireq", "1"]) == 64
    assert cli.main(["--list_models", "--model_repository_path", str(tmp_path)]) == 0
    assert started == []


def test_the_log_begins_with_what_has_no_effect(
    started: list[ServerOptions], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRPC_SERVERS", "2")
    assert cli.main(["--config_path", "good.json", "--grpc_memory_quota", "0"]) == 3
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "--grpc_memory_quota has no effect: memory is not limited"),
        ("WARNING", "the environment variable GRPC_SERVERS has no effect: one gRPC server uses all cores"),
    ]


def test_the_servers_exit_code_is_the_programs(started: list[ServerOptions]) -> None:
    assert cli.main(["--config_path", "good.json", "--cache_dir", "/cache", "--port", "9000"]) == 3
    assert started == [ServerOptions(config_path="good.json", cache_dir="/cache", port=9000)]


def test_a_server_that_cannot_run_is_exit_1(
    started: list[ServerOptions], capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert cli.main(["--config_path", "bad.json"]) == 1
    assert [record.getMessage() for record in caplog.records] == [
        "The server cannot run: bad.json: the document: expected an object, got []"
    ]
    assert capsys.readouterr().err == "ovserve: bad.json: the document: expected an object, got []\n"


def test_a_log_file_that_cannot_be_opened_is_exit_1(
    tmp_path: Path,
    started: list[ServerOptions],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(level: str, path: str | None) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(log, "set_up", refuse)
    assert cli.main(["--config_path", "c.json", "--log_path", str(tmp_path)]) == 1
    assert f"--log_path {tmp_path}: Permission denied" in capsys.readouterr().err
    assert started == []


def test_python_m_ovserve_is_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ovserve", "--prot", "1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 64
    assert "did you mean --port?" in done.stderr


def test_version_imports_neither_openvino_nor_the_core() -> None:
    script = """
import sys
from ovserve.cli import version_text
version_text()
print("openvino" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "False\n"
