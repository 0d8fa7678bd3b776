"""docs/compatibility.md is true: what it says of configuration, flags and variables is what the code does."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import model_loaders
from harness.markdown_tables import Row, read_tables
from ovserve.config.command_line import UsageError, parse_arguments
from ovserve.config.flags import FLAGS, MODEL_REPOSITORY_VARIABLE, Flag, Kind
from ovserve.config.json_document import parse_json
from ovserve.config.keys import LOADER, METRICS, MODEL, TOP_LEVEL, Key
from ovserve.config.load import configuration_from_json
from ovserve.config.schema import ServerOptions
from ovserve.config.server_options import server_options
from ovserve.config.service_flags import CONFIG_FILE_VARIABLE, serves_a_store
from ovserve.config.service_keys import SERVICE
from ovserve.config_editing.command import run_command
from ovserve.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
TABLES = read_tables(ROOT / "docs/compatibility.md")
WORDS = {"same", "better", "no effect", "refused", "added"}

POLICIES = "Versions: `model_version_policy`"


def rows(heading: str) -> list[Any]:
    """Return (name, word) of each name in a table, as parameters of a test."""
    return [
        pytest.param(name, row.cells["ovserve"], id=name) for row in TABLES[heading] for name in row.names
    ]


def names_in(heading: str) -> list[str]:
    return [name for row in TABLES[heading] for name in row.names]


@pytest.mark.parametrize("heading", list(TABLES))
def test_every_row_says_what_becomes_of_it(heading: str) -> None:
    before = Row((), {})
    for row in TABLES[heading]:
        word = row.cells.get("ovserve")
        if word is not None:
            assert word in WORDS
            assert row.remark or word in ("same", "added")
            assert row.remark != "as above" or before.remark
        before = row


@pytest.mark.parametrize("heading", list(TABLES))
def test_nothing_is_named_twice(heading: str) -> None:
    names = names_in(heading)
    assert len(set(names)) == len(names)


# Flags

# A value for each flag that takes a text of some form, unlike the default.
TEXTS = {
    "grpc_bind_address": "127.0.0.1",
    "rest_bind_address": "127.0.0.1",
    "grpc_channel_arguments": "grpc.x=1",
    "model_version_policy": '{"all": {}}',
    "plugin_config": '{"NUM_STREAMS": 1}',
    "batch_size": "auto",
    "shape": "auto",
    "layout": "NHWC:NCHW",
    "mean": "1.5",
    "scale": "1.5",
    "color_format": "BGR:RGB",
    "precision": "uint8",
    "metrics_list": "ovms_streams",
    "allowed_origins": "http://page.example",
    "allowed_methods": "GET",
    "allowed_headers": "X-Page",
    "models": "m.mar",
    "management_bind_address": "::1",
    "metrics_bind_address": "::1",
}
TLS = ["--tls_certificate", "/certificate", "--tls_key", "/key"]
# What else is needed, for flags that do not stand alone.
BESIDE = {
    "metrics_list": ["--metrics_enable"],
    "allow_credentials": ["--allowed_origins", "http://page.example"],
    **dict.fromkeys(("tls_certificate", "tls_key", "tls_client_ca"), TLS),
    "management_bind_address": ["--management_port", "1"],
    "metrics_bind_address": ["--metrics_port", "1"],
    **{
        name: ["--model_store", "/store"]
        for name in ("models", "watch", "disable_token_auth", "enable_model_api")
    },
}
WITHOUT_REST_PORT = {"config_path", "shared_port"}
ONE_MODEL = ["--model_name", "m", "--model_path", "/models/m", "--rest_port", "8000"]
# Answered in place of a server, by the tests of these answers.
ANSWERS = {
    "help",
    "version",
    "includes",
    "list_models",
    "add_to_config",
    "remove_from_config",
    "model_repository_path",
    "stop",
}


def test_every_flag_has_a_row() -> None:
    assert {f"--{name}" for name in FLAGS} - set(names_in("Flags")) == set()


def options_with(arguments: list[str], environment: dict[str, str] | None = None) -> ServerOptions:
    return server_options(parse_arguments(arguments), environment or {})


def given(flag: Flag) -> list[str]:
    """Return the flag with a value that it takes, which is not its default."""
    if flag.kind is Kind.SWITCH:
        return [f"--{flag.name}"]
    if flag.kind in (Kind.INTEGER, Kind.SECONDS):
        return [f"--{flag.name}", f"{min(flag.low + 7, flag.high):.0f}"]
    return [f"--{flag.name}", flag.choices[0] if flag.choices else TEXTS.get(flag.name, "/other")]


@pytest.mark.parametrize(("written", "word"), rows("Flags"))
def test_flag(written: str, word: str) -> None:
    flag = FLAGS[written.removeprefix("--")]
    beside = ["--config_path", "/config.json"] if flag.name in WITHOUT_REST_PORT else ONE_MODEL
    beside = [*beside, *BESIDE.get(flag.name, [])]
    if word == "refused":
        with pytest.raises(UsageError) as caught:
            parse_arguments([written, "x"])
        assert str(caught.value) == f"{written}: {flag.not_offered}"
    elif word == "no effect":
        options = options_with([*beside, *given(flag)])
        assert replace(options, warnings=()) == options_with(beside)
        assert [warning for warning in options.warnings if written in warning]
    elif flag.name in ANSWERS:
        assert list(parse_arguments(given(flag))) == [flag.name]
    else:
        options = options_with([*beside, *given(flag)])
        assert options != options_with(beside)
        assert not options.warnings


# Keys of the configuration file

LOADER_ENTRY = {"loader_name": "loader", "library_path": "loader.so"}
MODEL_ENTRY = {"name": "m", "base_path": "/models/m"}
SERVICE_ENTRY = {"name": "s", "archive": "/store/s.mar"}


def loader_file(key: str, value: Any) -> Any:
    entry = {**LOADER_ENTRY, key: value}
    return {"model_config_list": [], "custom_loader_config_list": [{"config": entry}]}


def model_file(key: str, value: Any) -> Any:
    return {"model_config_list": [{"config": {**MODEL_ENTRY, key: value}}]}


def service_file(key: str, value: Any) -> Any:
    entry = {**SERVICE_ENTRY, key: value}
    if key == "base_path":
        del entry["archive"]
        entry["handler"] = "service:handle"
    if key in ("mil_config", "model_loader"):
        entry = {"name": "s", "mil_config": SERVICE_VALUES["mil_config"], key: value}
    return {"model_config_list": [{"config": entry}]}


def top_level_file(key: str, value: Any) -> Any:
    return {"model_config_list": [], key: value}


def metrics_file(key: str, value: Any) -> Any:
    return top_level_file("monitoring", {"metrics": {"enable": True, key: value}})


SECTIONS: dict[str, tuple[tuple[Key, ...], Any]] = {
    "Top level": (TOP_LEVEL, top_level_file),
    "Loader: `custom_loader_config_list[].config`": (LOADER, loader_file),
    "Model: `model_config_list[].config`": (MODEL, model_file),
    "Custom service: `model_config_list[].config`": (SERVICE, service_file),
    "Metrics: `monitoring.metrics`": (METRICS, metrics_file),
}

# A value that asks for something.
VALUES: dict[str, Any] = {
    "model_config_list": [{"config": MODEL_ENTRY}],
    "custom_loader_config_list": [{"config": LOADER_ENTRY}],
    "monitoring": {"metrics": {"enable": True}},
    "pipeline_config_list": [{"name": "p"}],
    "custom_node_library_config_list": [{"name": "n"}],
    "mediapipe_config_list": [{"name": "g"}],
    "loader_name": "other",
    "library_path": "other.so",
    "loader_config_file": "loader.json",
    "on_blacklist_error": "disable",
    "name": "other",
    "base_path": "/models/other",
    "custom_loader_options": {"loader_name": "loader", "any": [1, None, {"json": True}]},
    "model_version_policy": {"latest": {"num_versions": 2}},
    "batch_size": "auto",
    "shape": {"x": [1, 3]},
    "layout": "NHWC:NCHW",
    "mean": 1.5,
    "scale": [1, 2, 3],
    "color_format": "BGR:RGB",
    "precision": "uint8",
    "batching": {"max_batch": 4, "max_delay_us": 100},
    "nireq": 2,
    "target_device": "CPU",
    "plugin_config": {"PERFORMANCE_HINT": "LATENCY", "ENABLE_CPU_PINNING": False},
    "allow_cache": True,
    "stateful": True,
    "idle_sequence_cleanup": True,
    "low_latency_transformation": True,
    "max_sequence_number": 5,
    "graph_path": "graph.pbtxt",
    "subconfig": "subconfig.json",
    "enable": True,
    "metrics_list": ["ovms_streams"],
}
# Where a service's key has the name of a model's, and for the others.
SERVICE_VALUES: dict[str, Any] = {
    "name": "other",
    "archive": "/store/other.mar",
    "base_path": "/services/s",
    "handler": "other:handle",
    "mil_config": "written by a fixture",
    "model_loader": "CustomClipModelLoader",
    "version": "2.0",
    "sha256": "ab" * 32,
    "workers": {"min": 1, "max": 2},
    "batch_size": 8,
    "max_batch_delay": 50,
    "queue_size": 10,
    "response_timeout": 10,
    "startup_timeout": 10,
    "client_timeout": 10,
    "drain_timeout": 10,
    "max_retry_timeout": 10,
    "scale_up_after": 2,
    "scale_down_after": 2,
    "memory_limit": "512 MiB",
    "max_response_size": 1000,
    "interpreter": "/venv/bin/python",
    "environment": {"A": "1"},
    "environment_allowed": ["A_*"],
    "device_type": "cpu",
    "device_ids": [0],
    "threads_per_worker": 2,
    "envelope": "json",
    "decode_requests": False,
    "retry_singly": True,
    "install_requirements": True,
}


@pytest.fixture(scope="module", autouse=True)
def mil_config(tmp_path_factory: pytest.TempPathFactory) -> None:
    SERVICE_VALUES["mil_config"] = str(model_loaders.write(tmp_path_factory.mktemp("loaders")))


def load(document: Any) -> Any:
    return configuration_from_json(parse_json(json.dumps(document)), "/")


@pytest.mark.parametrize("heading", list(SECTIONS))
def test_every_key_has_a_row(heading: str) -> None:
    keys, _ = SECTIONS[heading]
    assert {key.name for key in keys} == set(names_in(heading))


@pytest.mark.parametrize(
    ("heading", "key", "word"),
    [pytest.param(heading, *row.values, id=row.id) for heading in SECTIONS for row in rows(heading)],
)
def test_key(heading: str, key: str, word: str) -> None:
    _, file_with = SECTIONS[heading]
    if word == "refused":
        with pytest.raises(ConfigurationError, match=rf"\b{key}: .* not offered"):
            load(file_with(key, VALUES[key]))
    else:
        values = SERVICE_VALUES if file_with is service_file else VALUES
        configuration = load(file_with(key, values[key]))
        entries = (*configuration.models, *configuration.services, *configuration.loaders)
        assert not configuration.complaints
        assert all(entry.problem is None for entry in entries)
        if file_with is service_file:
            assert configuration != load(service_file("name", SERVICE_ENTRY["name"]))


@pytest.mark.parametrize(("text", "word"), [*rows(POLICIES), *rows("Storage")])
def test_policy_or_storage(text: str, word: str) -> None:
    key, value = ("model_version_policy", json.loads(text)) if text.startswith("{") else ("base_path", text)
    if word == "refused":
        with pytest.raises(ConfigurationError, match=rf"\bconfig\.{key}\b"):
            load(model_file(key, value))
    else:
        assert load(model_file(key, value)).models[0].problem is None


# Environment variables


_READS_VARIABLE = re.compile(r"""(?:(?:environ|environment|variables)(?:\.get\(|\[)|_VARIABLE = )"(\w+)\"""")


def test_every_variable_has_a_row() -> None:
    # What the package of workers sets is theirs, and described with handlers.
    of_workers = ROOT / "python/ovserve/services"
    files = [path for path in (ROOT / "python").rglob("*.py") if of_workers not in path.parents]
    texts = [path.read_text() for path in files]
    found = {name for text in texts for name in _READS_VARIABLE.findall(text)}
    assert found
    assert found <= set(names_in("Environment"))


@pytest.mark.parametrize(("name", "word"), rows("Environment"))
def test_variable(name: str, word: str, tmp_path: Path) -> None:
    if word == "no effect":
        options = options_with(ONE_MODEL, {name: "2"})
        assert replace(options, warnings=()) == options_with(ONE_MODEL)
    elif name == CONFIG_FILE_VARIABLE:
        beside = ["--models", "all"]
        assert serves_a_store(options_with(beside, {name: "/c.properties"}).services, {name: "/c"})
        with pytest.raises(UsageError, match="needs --model_store"):
            options_with(beside)
    elif word == "added":  # not the server's; what they do is tested where they are read
        assert f"`{name}" in (ROOT / "docs/archives.md").read_text()
        assert options_with(ONE_MODEL, {name: "2"}) == options_with(ONE_MODEL)
    else:
        assert name == MODEL_REPOSITORY_VARIABLE
        (tmp_path / "digits/1").mkdir(parents=True)
        (tmp_path / "digits/1/model.onnx").write_bytes(b"")
        assert "digits" in run_command("list_models", {}, {name: str(tmp_path)}).text
