from pathlib import Path
from typing import Any

import pytest

from ovserve.config.refusals import UnreadableFileError
from ovserve.errors import ConfigurationError
from ovserve.ts_config.keys import BY_NAME, KEYS
from ovserve.ts_config.options import ServiceOptions
from ovserve.ts_config.read_file import FileValues, parse_file, read_file


def values(text: str, **environment: str) -> dict[str, Any]:
    read = parse_file(text, environment)
    assert not read.warnings
    return dict(read.values)


def warnings(text: str, **environment: str) -> tuple[str, ...]:
    return parse_file(text, environment).warnings


def test_values() -> None:
    assert values("job_queue_size = 50 \nmodel_store=/s\nallowed_urls=") == {
        "job_queue_size": 50,
        "model_store": "/s",
    }


def test_variables_within_values() -> None:
    assert values("job_queue_size=$$SIZE$$", SIZE="7") == {"job_queue_size": 7}
    with pytest.raises(ConfigurationError, match="environment variable SIZE is not set"):
        parse_file("job_queue_size=$$SIZE$$", {})


def test_variables_win_over_the_file_only_where_it_says_so() -> None:
    environment = {"TS_JOB_QUEUE_SIZE": "7", "TS_MAX_REQUEST_SIZE": "8"}
    assert values("job_queue_size=50", **environment) == {"job_queue_size": 50}
    assert values("enable_envvars_config=false\njob_queue_size=50", **environment)["job_queue_size"] == 50
    assert values("enable_envvars_config=true\njob_queue_size=50", **environment) == {
        "enable_envvars_config": True,
        "job_queue_size": 7,
        "max_request_size": 8,
    }


@pytest.mark.parametrize("key", [key.name for key in KEYS if key.security])
def test_security_never_comes_from_the_environment(key: str) -> None:
    variable = f"TS_{key.upper()}"
    read = parse_file("enable_envvars_config=true", {variable: "true"})
    assert read.values == {"enable_envvars_config": True}
    (warning,) = read.warnings
    assert warning.startswith(f"the environment variable {variable} has no effect: {key} concerns security")


def test_what_concerns_security() -> None:
    assert {key.name for key in KEYS if key.security} >= {
        "disable_token_authorization",
        "enable_model_api",
        "allowed_urls",
        "blacklist_env_vars",
        "install_py_dep_per_model",
        "private_key_file",
        "cors_allowed_origin",
        "token_expiration_min",
    }


def test_warnings() -> None:
    assert warnings("job_queue_sise=5") == (
        "job_queue_sise has no effect: unknown key; did you mean job_queue_size?",
    )
    assert warnings("zzz=5") == ("zzz has no effect: unknown key",)
    assert warnings("job_queue_size=5\njob_queue_size=6") == (
        "job_queue_size: given more than once; line 2 counts",
    )
    assert warnings("keystore_pass=geheim") == (
        "keystore_pass has no effect: stores of Java keys are not read; write private_key_file and"
        " certificate_file with PEM files",
    )
    assert warnings('models={"m": {"1": {"speed": 1}}}') == (
        'models.m["1"].speed has no effect: there is no such setting',
    )


@pytest.mark.parametrize("key", [key for key in KEYS if key.read is None], ids=lambda key: str(key.name))
def test_keys_without_effect_say_why_unless_they_ask_for_nothing(key: Any) -> None:
    (warning,) = warnings(f"{key.name}=something")
    assert warning == f"{key.name} has no effect: {key.reason}"
    for harmless in key.harmless:
        assert warnings(f"{key.name}={harmless.title()}") == ()


def test_keys_are_known_once_and_lead_to_fields() -> None:
    assert len(KEYS) == len(BY_NAME)
    options = ServiceOptions()
    for key in KEYS:
        assert (key.read is None) == bool(key.reason)
        outer, _, inner = key.field.partition(".")
        assert not outer or hasattr(options, outer)
        assert not inner or hasattr(getattr(options, outer), inner)


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "config.properties"
    file.write_bytes("default_service_handler=sch\u00f6n\n".encode("iso-8859-1"))
    assert read_file(str(file), {}) == FileValues(
        {"default_service_handler": "schön"}, (("default_service_handler", "schön"),)
    )
    file.write_text("job_queue_size=0")
    with pytest.raises(ConfigurationError, match=f"^{file}: job_queue_size: expected a whole number from 1"):
        read_file(str(file), {})
    with pytest.raises(UnreadableFileError, match="cannot be read: No such file"):
        read_file(str(tmp_path / "missing"), {})
    with pytest.raises(UnreadableFileError, match="cannot be read: Is a directory"):
        read_file(str(tmp_path), {})
