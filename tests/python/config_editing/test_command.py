import json
import os
from pathlib import Path
from typing import Any

import pytest

from ovserve.config.command_line import UsageError, parse_arguments
from ovserve.config.flags import MODEL_REPOSITORY_VARIABLE
from ovserve.config.load import load_configuration
from ovserve.config.refusals import BrokenJsonError, UnreadableFileError
from ovserve.config_editing.command import Answer, asked_command, run_command
from ovserve.errors import AlreadyExistsError, ConfigurationError, NotFoundError


def run(*arguments: str, repository: str = "") -> Answer:
    values = parse_arguments(arguments)
    command = asked_command(values)
    assert command is not None
    return run_command(command, values, {MODEL_REPOSITORY_VARIABLE: repository} if repository else {})


def models(config: Path) -> dict[str, str]:
    return {model.name: model.base_path for model in load_configuration(config).models}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    config = tmp_path / "config.json"
    config.write_text('{"model_config_list": [{"config": {"name": "a", "base_path": "a"}}]}')
    return config


def test_which_command() -> None:
    assert asked_command(parse_arguments(["--list_models"])) == "list_models"
    assert asked_command(parse_arguments(["--add_to_config", "x"])) == "add_to_config"
    assert asked_command(parse_arguments(["--remove_from_config=false", "--port", "1"])) is None
    with pytest.raises(UsageError, match="--list_models excludes --add_to_config"):
        asked_command(parse_arguments(["--list_models", "--add_to_config"]))


@pytest.mark.parametrize(
    "target",
    [
        ("--add_to_config", "--config_path", "FILE"),
        ("--add_to_config", "--config_path", "FOLDER"),
        ("--add_to_config", "FILE"),
        ("--add_to_config", "FOLDER", "--config_path", "FOLDER"),
    ],
)
def test_a_model_is_added(config: Path, target: tuple[str, ...]) -> None:
    (config.parent / "b" / "1").mkdir(parents=True)
    named = [part.replace("FILE", str(config)).replace("FOLDER", str(config.parent)) for part in target]
    answer = run(*named, "--model_name", "b", "--model_path", "b")
    assert answer == Answer(f"Config updated: {config}\n")
    assert models(config) == {"a": f"{config.parent}/a", "b": f"{config.parent}/b"}


def test_the_path_is_written_as_it_was_given(config: Path) -> None:
    flags = ["--add_to_config", "--config_path", str(config), "--model_name", "group/b"]
    run(*flags, "--model_repository_path", "models")
    assert json.loads(config.read_text())["model_config_list"][1]["config"] == {
        "name": "group/b",
        "base_path": "models/group/b",
    }


def test_a_file_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    run("--add_to_config", "--config_path", str(tmp_path), "--model_name", "b", "--model_path", "/models/b")
    assert models(tmp_path / "config.json") == {"b": "/models/b"}


def test_the_variable_stands_for_repository_and_file(tmp_path: Path) -> None:
    (tmp_path / "b" / "1").mkdir(parents=True)
    (tmp_path / "b" / "1" / "m.onnx").touch()
    repository = str(tmp_path)
    run("--add_to_config", "--model_name", "b", repository=repository)
    assert models(tmp_path / "config.json") == {"b": f"{tmp_path}/b"}
    assert run("--list_models", repository=repository) == Answer("b\n")
    run("--remove_from_config", "--model_name", "b", repository=repository)
    assert models(tmp_path / "config.json") == {}


def test_flags_win_over_the_variable(config: Path) -> None:
    other = str(config.parent / "nothing")
    run(
        *("--add_to_config", "--config_path", str(config), "--model_name", "b"),
        *("--model_repository_path", "/models"),
        repository=other,
    )
    assert models(config)["b"] == "/models/b"


def test_a_model_that_is_not_there_yet_is_added_with_a_note(config: Path) -> None:
    flags = ["--add_to_config", "--config_path", str(config)]
    answer = run(*flags, "--model_name", "b", "--model_path", "/no/such")
    assert answer.notes == ("base_path /no/such: No such file or directory; it is loaded once it is there",)
    (config.parent / "c").mkdir()
    answer = run(*flags, "--model_name", "c", "--model_path", "c")
    assert answer.notes == (f"base_path {config.parent}/c: no version in it; it is loaded once it is there",)


def test_a_model_is_removed(config: Path) -> None:
    answer = run("--remove_from_config", "--config_path", str(config), "--model_name", "a")
    assert answer == Answer(f"Config updated: {config}\n")
    assert models(config) == {}


def test_models_are_listed_and_graphs_noted(tmp_path: Path) -> None:
    (tmp_path / "g").mkdir()
    (tmp_path / "g" / "graph.pbtxt").touch()
    assert run("--list_models", "--model_repository_path", str(tmp_path)) == Answer(
        "", ("g is a MediaPipe graph, which is not offered",)
    )


ADD = ("--add_to_config", "--config_path", "c")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--list_models"], "--list_models needs --model_repository_path, or the variable OVMS_MODEL_REPO"),
        ([*ADD, "--model_path", "m"], "--add_to_config needs --model_name"),
        (
            [*ADD, "--model_name", "m"],
            "--add_to_config needs --model_path, --model_repository_path, or the va",
        ),
        (["--add_to_config", "--model_name", "m"], "--add_to_config needs --config_path, or the variable"),
        (
            ["--add_to_config", "x", "--config_path", "y", "--model_name", "m"],
            "--add_to_config x and --config_path y",
        ),
        (
            [*ADD, "--model_name", "m", "--model_path", "p", "--model_repository_path", "r"],
            "--model_path excludes --model_repository_path",
        ),
        (
            [*ADD, "--model_name", "m", "--nireq", "1"],
            "--add_to_config excludes --nireq; write them into the",
        ),
        (["--remove_from_config", "--config_path", "c"], "--remove_from_config needs --model_name"),
        (
            ["--remove_from_config", "c", "--model_name", "m", "--model_path", "p"],
            "--remove_from_config excludes --model_path",
        ),
    ],
)
def test_what_is_wrong_on_the_command_line(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        run(*arguments)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("content", "arguments", "error", "message"),
    [
        ("{", [], BrokenJsonError, "not valid JSON: line 1"),
        (b"\xff", [], BrokenJsonError, "not valid JSON: byte 0 is not UTF-8"),
        ("{}", [], ConfigurationError, "model_config_list is missing"),
        ('{"model_config_list": [], "x": 1}', [], ConfigurationError, "x: unknown key"),
        (
            '{"model_config_list": []}',
            ["--model_path", "../m"],
            ConfigurationError,
            'base_path: the path "../m"',
        ),
        (
            '{"model_config_list": []}',
            ["--model_path", "s3://b/m"],
            ConfigurationError,
            "cloud storage (s3://)",
        ),
        (
            '{"model_config_list": [{"config": {"name": "m", "base_path": "m"}}]}',
            [],
            AlreadyExistsError,
            'model "m" is configured already',
        ),
    ],
)
def test_what_cannot_be_added_leaves_the_file_as_it_was(
    config: Path, content: str | bytes, arguments: list[str], error: Any, message: str
) -> None:
    before = content if isinstance(content, bytes) else content.encode()
    config.write_bytes(before)
    path = arguments or ["--model_path", "m"]
    with pytest.raises(error) as caught:
        run("--add_to_config", "--config_path", str(config), "--model_name", "m", *path)
    assert str(caught.value).startswith(f"{config}: ")
    assert message in str(caught.value)
    assert config.read_bytes() == before
    assert os.listdir(config.parent) == ["config.json"]


def test_what_cannot_be_removed(config: Path) -> None:
    with pytest.raises(NotFoundError, match=f'^{config}: model "b" is not configured; the file has a$'):
        run("--remove_from_config", "--config_path", str(config), "--model_name", "b")
    with pytest.raises(UnreadableFileError, match=r"nothing\.json cannot be edited: No such file"):
        run("--remove_from_config", f"{config.parent}/nothing.json", "--model_name", "b")


def test_a_folder_that_cannot_be_written_to() -> None:
    with pytest.raises(
        UnreadableFileError, match=r"file /sys/config\.json cannot be edited: Permission denied"
    ):
        run("--add_to_config", "/sys", "--model_name", "m", "--model_path", "/m")


def test_a_byte_order_mark_stays(config: Path) -> None:
    before = config.read_text()
    config.write_text(before, encoding="utf-8-sig")
    flags = ["--config_path", str(config), "--model_name", "b"]
    run("--add_to_config", *flags, "--model_path", "/b")
    assert set(models(config)) == {"a", "b"}
    run("--remove_from_config", *flags)
    assert config.read_text(encoding="utf-8") == "\ufeff" + before


def test_removing_can_repair_a_file(config: Path) -> None:
    config.write_text('{"model_config_list": [{"config": {"name": "a", "base_path": "s3://bucket/a"}}]}')
    run("--remove_from_config", "--config_path", str(config), "--model_name", "a")
    assert models(config) == {}
