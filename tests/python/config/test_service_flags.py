import os
from pathlib import Path

import pytest

from ovserve.config.command_line import UsageError, parse_arguments
from ovserve.config.schema import ServerOptions
from ovserve.config.server_options import server_options
from ovserve.config.service_flags import serves_a_store
from ovserve.config.service_schema import ServiceFlags


def options(*arguments: str, **environment: str) -> ServerOptions:
    return server_options(parse_arguments(arguments), environment)


def flags(*arguments: str, **environment: str) -> ServiceFlags:
    services = options(*arguments, **environment).services
    assert services is not None
    return services


def test_nothing_is_said() -> None:
    assert options("--config_path", "c", "--rest_port", "1").services is None
    assert options("--config_path", "c", TS_CONFIG_FILE="f").services is None


def test_the_documents_command() -> None:
    chosen = options(
        *("--model_store", "/store", "--models", "name=file.mar,name2=dir", "--rest_port", "8080"),
        *("--management_port", "8081", "--metrics_port", "8082", "--ts_config", "/c.properties"),
        "--disable_token_auth",
    )
    assert chosen.services == ServiceFlags(
        model_store="/store",
        models=("name=file.mar", "name2=dir"),
        ts_config="/c.properties",
        rest_port=8080,
        management_port=8081,
        metrics_port=8082,
        disable_token_auth=True,
    )
    assert (chosen.port, chosen.rest_port) == (None, 8080)
    assert (chosen.config_path, chosen.single_model) == (None, None)


def test_every_other_flag() -> None:
    assert flags(
        *("--model-store", "/store", "--port", "7070", "--rest_bind_address", "[::1],10.0.0.1"),
        *("--management_port", "1", "--management_bind_address", "::1", "--metrics_port", "2"),
        *("--metrics_bind_address", "0.0.0.0", "--enable-model-api", "--require_signed_archives"),
        *("--watch", "--sagemaker", "--no-config-snapshots", "--start", "--foreground"),
    ) == ServiceFlags(
        model_store="/store",
        port=7070,
        rest_bind_address="::1,10.0.0.1",
        management_port=1,
        management_bind_address="::1",
        metrics_port=2,
        metrics_bind_address="0.0.0.0",
        enable_model_api=True,
        require_signed_archives=True,
        watch=True,
        sagemaker=True,
        no_snapshots=True,
    )


@pytest.mark.parametrize(
    ("arguments", "models"),
    [
        (["--models", "ALL"], ("ALL",)),
        (["--models", "a=b.mar,c.mar"], ("a=b.mar", "c.mar")),
        (["--models", "a=b.mar", "c.mar", "--watch"], ("a=b.mar", "c.mar")),
        (["--models", "a=b.mar, c.mar", "d"], ("a=b.mar", "c.mar", "d")),
        (["--models=a=b.mar"], ("a=b.mar",)),
    ],
)
def test_models(arguments: list[str], models: tuple[str, ...]) -> None:
    assert flags("--model_store", "/s", *arguments).models == models


def test_paths_begin_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    chosen = flags("--model_store", "store", "--mms-config", "c.properties")
    assert chosen.model_store == os.path.join(tmp_path, "store")
    assert chosen.ts_config == os.path.join(tmp_path, "c.properties")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model_store", "/s", "--models", ","], "--models: expected [name=]archive,..., or ALL"),
        (["--model_store", "/s", "--models", "--watch"], "--models needs a value, got the flag --watch"),
        (["--model_store", "/s", "--models"], "--models needs a value"),
        (["--config_path", "c", "--models", "a"], "--models needs --model_store"),
        (["--config_path", "c", "--watch"], "--watch needs --model_store"),
        (["--model_store", "/s", "--workflow-store", "/w"], "--workflow_store: workflows are not offered"),
        (["--model_store", "/s", "--ppath", "/w"], "--plugins_path: plug-ins in Java are not offered"),
        (
            ["--config_path", "c", "--management_bind_address", "::1"],
            "--management_bind_address needs --management_port",
        ),
        (
            ["--model_store", "/s", "--metrics_port", "1", "--metrics_bind_address", "a b"],
            "--metrics_bind_address: expected a host name",
        ),
        (["--model_store", "a\0"], "--model_store: a null character is not allowed here"),
        (["--management_port", "8081"], "nothing to serve"),
    ],
)
def test_refuses(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        options(*arguments)
    assert message in str(caught.value)


def test_services_bind_to_this_machine_unless_told_otherwise() -> None:
    alone = options("--model_store", "/s", "--rest_port", "1", "--port", "2")
    assert (alone.rest_bind_address, alone.grpc_bind_address) == ("127.0.0.1", "127.0.0.1")
    told = options("--model_store", "/s", "--rest_port", "1", "--rest_bind_address", "0.0.0.0")
    assert told.rest_bind_address == "0.0.0.0"
    models = options("--config_path", "c", "--management_port", "1")
    assert models.rest_bind_address == "0.0.0.0"
    assert models.port == 9178


def test_no_grpc_port_opens_by_itself_with_a_store() -> None:
    assert options("--model_store", "/s", "--rest_port", "1").port is None
    assert options("--model_store", "/s", "--config_path", "c").port is None
    assert options("--model_store", "/s", "--config_path", "c", "--port", "5").port == 5


def test_a_store_needs_no_port_here_since_the_file_may_name_it() -> None:
    assert options("--ts_config", "f").rest_port is None
    with pytest.raises(UsageError, match="give them different ports"):
        options("--model_store", "/s", "--port", "5", "--rest_port", "5")


def test_a_file_named_by_the_environment_may_name_the_store() -> None:
    chosen = flags("--models", "ALL", TS_CONFIG_FILE="/c.properties")
    assert serves_a_store(chosen, {"TS_CONFIG_FILE": "/c.properties"})
    assert not serves_a_store(None, {"TS_CONFIG_FILE": "/c.properties"})


def test_flags_without_effect_are_warned_about() -> None:
    (start, logs) = options("--model_store", "/s", "--start", "--log-config", "log4j2.xml").warnings
    assert start.startswith("--start has no effect: ")
    assert logs.startswith("--log_config has no effect: ")
