"""docs/services-configuration.md is true: each key is what its row says."""

from pathlib import Path
from typing import Any

import pytest

from harness.markdown_tables import read_tables
from ovserve.config.flags import FLAGS
from ovserve.config.flags_services import SERVICE_GROUPS, SERVICES_WITHOUT_EFFECT
from ovserve.config.service_keys import SERVICE
from ovserve.config.service_schema import ServiceFlags
from ovserve.ts_config.combine import service_options
from ovserve.ts_config.key import TsKey
from ovserve.ts_config.keys import BY_NAME
from ovserve.ts_config.models_json import SETTINGS
from ovserve.ts_config.options import ServiceOptions

PAGE = Path(__file__).parents[2] / "docs/services-configuration.md"
TABLES = read_tables(PAGE)
ROWS = [
    pytest.param(name, row.cells["ovserve"], row.cells["default"], id=name)
    for row in TABLES["Keys"]
    for name in row.names
]


def names_in(heading: str) -> list[str]:
    return [name for row in TABLES[heading] for name in row.names]


def test_every_key_has_one_row() -> None:
    names = names_in("Keys")
    assert len(names) == len(set(names))
    assert set(names) == set(BY_NAME)


def test_keys_of_security_are_marked() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    marked = {line.split("`")[1] for line in lines if line.startswith("| `") and "` * |" in line}
    assert marked == {key.name for key in BY_NAME.values() if key.security}


def test_every_setting_of_a_model_has_a_row() -> None:
    assert set(names_in("Models")) == set(SETTINGS)


def test_every_key_of_a_service_has_a_row() -> None:
    assert set(names_in("Keys of a service")) == {key.name for key in SERVICE}


def test_every_flag_of_services_has_a_row() -> None:
    of_services = {flag.name for group in SERVICE_GROUPS for flag in group.flags}
    of_services |= {flag.name for flag in SERVICES_WITHOUT_EFFECT}
    named = {name.removeprefix("--") for name in names_in("Flags")}
    assert of_services <= named <= FLAGS.keys()


# A value for each honoured key that is not its default, and what else it needs.
VALUES = {
    "inference_address": "http://127.0.0.1:18080",
    "management_address": "http://127.0.0.1:18081",
    "metrics_address": "http://127.0.0.1:18082",
    "grpc_inference_port": "17070",
    "grpc_inference_address": "10.0.0.1",
    "grpc_management_port": "17071",
    "grpc_management_address": "10.0.0.1",
    "private_key_file": "key.pem",
    "certificate_file": "certificate.pem",
    "cors_allowed_origin": "http://page.example",
    "cors_allowed_methods": "GET",
    "cors_allowed_headers": "X-Page",
    "model_store": "store",
    "load_models": "all",
    "models": '{"m": {"1.0": {"batchSize": 2}}}',
    "model_snapshot": '{"modelCount": 0, "models": {}}',
    "default_service_handler": "service:handle",
    "service_envelope": "json",
    "allowed_urls": "https://.*",
    "blacklist_env_vars": ".*KEY.*",
    "trusted_keys": "keys.pem",
    "snapshot_directory": "snapshots",
    "number_of_gpu": "1",
}
STORE = {"model_store": "other"}
# What else is needed, without the key too where the server can do without.
BESIDE = {
    "grpc_inference_address": {"grpc_inference_port": "1"},
    "grpc_management_address": {"grpc_management_port": "1"},
    "cors_allowed_methods": {"cors_allowed_origin": "*"},
    "cors_allowed_headers": {"cors_allowed_origin": "*"},
    "require_signed_archives": {"trusted_keys": "keys.pem"},
    "restore_snapshot": {"snapshot_directory": "snapshots"},
}
IN_PAIRS = {
    "private_key_file": {"certificate_file": "certificate.pem"},
    "certificate_file": {"private_key_file": "key.pem"},
}


def options(entries: dict[str, str], **environment: str) -> ServiceOptions:
    Path("file").write_text("".join(f"{key}={value}\n" for key, value in entries.items()))
    return service_options(ServiceFlags(ts_config=str(Path("file").absolute())), environment)


def value_of(key: TsKey, default: str) -> str:
    if key.name in VALUES:
        return VALUES[key.name]
    return {"true": "false", "false": "true"}.get(default) or str(int(default) + 1)


def settings(chosen: ServiceOptions) -> dict[str, Any]:
    return {
        name: getattr(chosen, name)
        for name in chosen.__dataclass_fields__
        if name not in ("entries", "warnings")
    }


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("store", "other"):
        (tmp_path / folder).mkdir()
    for file in ("key.pem", "certificate.pem", "keys.pem"):
        (tmp_path / file).touch()


@pytest.mark.parametrize(("name", "word", "default"), ROWS)
def test_key(name: str, word: str, default: str) -> None:
    key = BY_NAME[name]
    before = {**STORE, **BESIDE.get(name, {})}
    if word == "warned":
        chosen = options({**before, name: "anything"})
        assert settings(chosen) == settings(options(before))
        assert chosen.warnings == (f"{name} has no effect: {key.reason}",)
        return
    assert word == ("added" if key.own else "honoured")
    entries = {**before, **IN_PAIRS.get(name, {}), name: value_of(key, default)}
    assert not options(entries).warnings
    if name == "enable_envvars_config":
        assert options(entries, TS_JOB_QUEUE_SIZE="7").queue_size == 7
    else:
        assert settings(options(entries)) != settings(options(before))


@pytest.mark.parametrize(("name", "word", "default"), ROWS)
def test_default(name: str, word: str, default: str) -> None:
    if default not in ("", "none", "all"):
        before = {**STORE, **BESIDE.get(name, {})}
        chosen = options({**before, name: default})
        assert settings(chosen) == settings(options(before))
        assert not chosen.warnings
