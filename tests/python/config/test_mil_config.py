"""A mil_config.json as the server's configuration, and its loaders as entries of another one."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness import model_loaders
from ovserve.config.command_line import UsageError
from ovserve.config.load import load_configuration
from ovserve.config.mil_config import mil_listener
from ovserve.config.server_options import server_options
from ovserve.errors import ConfigurationError

DETECTO, CLIP = "CustomDetectoModelLoader", "CustomClipModelLoader"


def write(folder: Path, **sections: Any) -> Path:
    return model_loaders.write(folder, {**model_loaders.configuration(), **sections})


def test_one_loader_and_its_endpoint(tmp_path: Path) -> None:
    (entry,) = load_configuration(write(tmp_path, ovserve={"workers": 2, "response_timeout": 3})).services
    assert (entry.name, entry.endpoint, entry.base_path) == (DETECTO, f"/{DETECTO}", str(tmp_path))
    assert (entry.min_workers, entry.response_timeout_s) == (2, 3.0)
    assert entry.loader is not None
    assert entry.loader.class_name == DETECTO


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"FastAPI": {"port": 1}}, "FastAPI.endpoint is missing"),
        ({"FastAPI": {"endpoint": "no path"}}, "FastAPI.endpoint: expected a path"),
        ({"FastAPI": {"endpoint": "/v1/x"}}, "is a path of the server"),
        ({"ovserve": {"handler": "x"}}, "ovserve.handler: unknown key"),
        ({"ovserve": {"workers": 0}}, "at least 1"),
        ({"ovserve": {"batch_size": 0}}, "ovserve.batch_size"),
        ({"ModelLoader": {"class_name": "Nothing"}}, "has no class Nothing"),
    ],
)
def test_what_cannot_be_served_is_refused(tmp_path: Path, sections: Any, words: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_configuration(write(tmp_path, **sections))
    assert words in str(refusal.value)


def test_flags_win_over_the_file_and_only_this_machine_is_let_in(tmp_path: Path) -> None:
    path = str(write(tmp_path))
    options = server_options({"config_path": path}, {})
    assert (options.port, options.rest_port, options.rest_bind_address) == (None, 8448, "127.0.0.1")
    assert not options.warnings
    options = server_options({"config_path": path, "rest_port": 9, "port": 10}, {})
    assert (options.port, options.grpc_bind_address, options.rest_port) == (10, "127.0.0.1", 9)


def test_a_public_host_is_honoured_with_a_warning(tmp_path: Path) -> None:
    path = str(write(tmp_path, FastAPI={"host": "0.0.0.0", "port": "8448", "endpoint": "/x"}))
    options = server_options({"config_path": path}, {})
    assert options.rest_bind_address == "0.0.0.0"
    assert "FastAPI.host" in options.warnings[0]
    options = server_options({"config_path": path, "rest_bind_address": "127.0.0.1"}, {})
    assert (options.rest_bind_address, options.warnings) == ("127.0.0.1", ())


def test_a_port_that_means_nothing_is_refused(tmp_path: Path) -> None:
    path = str(write(tmp_path, FastAPI={"port": 70000, "endpoint": "/x"}))
    with pytest.raises(UsageError, match=r"FastAPI\.port"):
        server_options({"config_path": path}, {})
    path = str(write(tmp_path, FastAPI={"endpoint": "/x"}))
    with pytest.raises(UsageError, match="nothing would listen"):
        server_options({"config_path": path}, {})


def test_other_files_are_left_alone() -> None:
    assert mil_listener(b"{") is None
    assert mil_listener(b'{"model_config_list": []}') is None
    assert mil_listener(b'{"ModelExecutor": {}}') is not None


def entries(tmp_path: Path, *configs: dict[str, Any]) -> Any:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model_config_list": [{"config": config} for config in configs]}))
    return load_configuration(path).services


def test_loaders_as_entries(tmp_path: Path) -> None:
    write(tmp_path)
    one, other = entries(
        tmp_path,
        {"name": "wide", "mil_config": "mil_config.json", "workers": 2},
        {"name": "clip", "mil_config": "mil_config.json", "model_loader": CLIP, "batch_size": 4},
    )
    assert (one.name, one.loader.class_name, one.min_workers, one.endpoint) == ("wide", DETECTO, 2, None)
    assert (other.name, other.loader.class_name, other.batch_size) == ("clip", CLIP, 4)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"mil_config": "mil_config.json", "handler": "x"}, ".handler: mil_config makes this entry"),
        ({"mil_config": "mil_config.json", "archive": "x"}, ".archive: mil_config makes this entry"),
        ({"mil_config": "mil_config.json", "nireq": 1}, ".nireq: mil_config makes this entry"),
        ({"mil_config": "mil_config.json", "envelope": "json"}, ".envelope: mil_config makes this entry"),
        ({"handler": "x", "base_path": "y", "model_loader": "z"}, ".model_loader: needs mil_config"),
        ({"mil_config": ""}, ".mil_config: expected a string that is not empty"),
    ],
)
def test_keys_that_contradict_are_refused_by_name(tmp_path: Path, keys: Any, words: str) -> None:
    write(tmp_path)
    with pytest.raises(ConfigurationError) as refusal:
        entries(tmp_path, {"name": "m", **keys})
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"mil_config": "other.json"}, "cannot be read"),
        ({"mil_config": "../mil_config.json"}, '".."'),
        (
            {"mil_config": "mil_config.json", "model_loader": "CustomClip"},
            "did you mean CustomClipModelLoader",
        ),
        ({"mil_config": "config.json"}, "no section ModelExecutor"),
    ],
)
def test_a_file_that_is_wrong_keeps_out_its_entry_alone(tmp_path: Path, keys: Any, words: str) -> None:
    write(tmp_path)
    wrong, right = entries(tmp_path, {"name": "m", **keys}, {"name": "n", "mil_config": "mil_config.json"})
    assert words in wrong.problem
    assert right.problem is None
