from pathlib import Path

import pytest

from ovserve.config import server_options as module
from ovserve.config.command_line import UsageError, parse_arguments
from ovserve.config.flags import DEFAULT_REST_WORKERS
from ovserve.config.metrics import DEFAULT_FAMILIES
from ovserve.config.schema import (
    BatchSize,
    CorsRules,
    Limits,
    ModelEntry,
    ServerOptions,
    TlsFiles,
    VersionPolicy,
)
from ovserve.config.server_options import server_options


@pytest.fixture(autouse=True)
def _no_default_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "DEFAULT_CACHE_DIR", str(tmp_path / "no-cache"))


def options(*arguments: str, **environment: str) -> ServerOptions:
    return server_options(parse_arguments(arguments), environment)


def single(*arguments: str) -> ModelEntry:
    model = options("--model_name", "m", "--model_path", "/m", *arguments).single_model
    assert model is not None
    return model


def test_defaults() -> None:
    assert options("--config_path", "c.json") == ServerOptions(config_path="c.json")


def test_every_server_flag() -> None:
    assert options(
        *("--config_path", "c.json", "--port", "9000", "--rest_port", "8000"),
        *("--grpc_bind_address", "127.0.0.1", "--rest_bind_address", "::1"),
        *("--file_system_poll_wait_seconds", "0", "--log_level", "DEBUG", "--log_path", "log.txt"),
        *("--cache_dir", "/cache", "--grpc_channel_arguments", "grpc.a=1, grpc.b = x,grpc.c=-5"),
        *("--grpc_max_threads", "7", "--rest_workers", "9", "--drain_seconds", "1.5"),
        *(
            "--loader_call_deadline_seconds",
            "2",
            "--blacklist_deadline_seconds",
            "3",
            "--load_wait_seconds",
            "4",
        ),
        *("--cpu_extension", "libops.so"),
        *("--max_image_pixels", "1000000"),
    ) == ServerOptions(
        port=9000,
        rest_port=8000,
        grpc_bind_address="127.0.0.1",
        rest_bind_address="::1",
        config_path="c.json",
        poll_interval_s=0.0,
        log_level="DEBUG",
        log_path="log.txt",
        cpu_extension="libops.so",
        cache_dir="/cache",
        frontend="grpcio",  # which its flags need
        grpc_channel_arguments=(("grpc.a", 1), ("grpc.b", "x"), ("grpc.c", -5)),
        grpc_max_threads=7,
        rest_workers=9,
        drain_s=1.5,
        loader_call_deadline_s=2.0,
        blacklist_deadline_s=3.0,
        load_wait_s=4.0,
        max_image_pixels=1_000_000,
    )


def test_the_front() -> None:
    for flags, chosen in (
        ([], "native"),
        (["--grpc_frontend", "auto"], "native"),
        (["--grpc_frontend", "native", "--shared_port"], "native"),
        (["--grpc_frontend", "grpcio", "--shared_port", "false"], "grpcio"),
        (["--grpc_max_threads", "3"], "grpcio"),
    ):
        assert options("--config_path", "c", *flags).frontend == chosen


def test_one_port_for_both() -> None:
    expected = ServerOptions(port=9000, rest_port=9000, config_path="c", shared_port=True)
    for rest in ([], ["--rest_port", "9000"]):
        assert options("--config_path", "c", "--port", "9000", *rest, "--shared_port") == expected
    bound = options("--config_path", "c", "--shared_port", "--grpc_bind_address", "::1", "--metrics_enable")
    assert (bound.grpc_bind_address, bound.rest_bind_address, bound.rest_port) == ("::1", "::1", 9178)


def test_tls() -> None:
    flags = ["--tls_certificate", "a.pem", "--tls_key", "a.key"]
    assert options("--config_path", "c", *flags).tls == TlsFiles("a.pem", "a.key")
    assert options("--config_path", "c", *flags, "--tls_client_ca", "ca.pem").tls == TlsFiles(
        "a.pem", "a.key", "ca.pem"
    )


def test_limits() -> None:
    chosen = options(
        *("--config_path", "c", "--max_message_bytes", "1", "--max_body_bytes", str(2**40)),
        *("--max_json_depth", "5", "--max_header_bytes", "2048", "--max_header_count", "9"),
        *("--max_connections", "7", "--idle_timeout_seconds", "1.5", "--transfer_timeout_seconds", "2.5"),
    )
    assert chosen.limits == Limits(
        message_bytes=1,
        body_bytes=2**40,
        json_depth=5,
        header_bytes=2048,
        header_count=9,
        connections=7,
        idle_timeout_s=1.5,
        transfer_timeout_s=2.5,
    )


def test_pages_of_other_origins() -> None:
    chosen = options(
        *("--config_path", "c", "--allowed_origins", "https://a.example", "--allowed_methods", "POST"),
        *("--allowed_headers", "Content-Type", "--allow_credentials"),
    )
    assert chosen.cors == CorsRules(
        frozenset({"https://a.example"}), ("POST",), frozenset({"content-type"}), True
    )
    star = ("--allowed_origins", "*", "--allowed_methods", "*", "--allowed_headers", "*")
    assert options("--config_path", "c", *star, "--allow_credentials", "false").cors == CorsRules()


def test_what_has_no_effect_is_said_with_the_reason() -> None:
    warnings = options(
        *("--config_path", "c", "--grpc_workers", "1", "--grpc_memory_quota", "5"),
        *("--sequence_cleaner_poll_wait_minutes", "5", "--custom_node_resources_cleaner_interval", "1"),
        *("--custom_node_resources_cleaner_interval_seconds", "0"),
        GRPC_SERVERS="4",
    ).warnings
    assert warnings == (
        "--grpc_workers has no effect: one gRPC server uses all cores",
        "--grpc_memory_quota has no effect: memory is not limited",
        "--sequence_cleaner_poll_wait_minutes has no effect: there are no sequences of stateful models",
        "--custom_node_resources_cleaner_interval has no effect: there are no custom nodes",
        "--custom_node_resources_cleaner_interval_seconds has no effect: there are no custom nodes",
        "the environment variable GRPC_SERVERS has no effect: one gRPC server uses all cores",
    )
    assert options("--config_path", "c", GRPC_SERVERS="").warnings == ()


def test_bind_addresses_may_be_several() -> None:
    both = options("--config_path", "c", "--grpc_bind_address", "[::1], 127.0.0.1")
    assert (both.grpc_bind_address, both.rest_bind_address) == ("::1,127.0.0.1", "0.0.0.0")


def test_metrics() -> None:
    on = ("--config_path", "c", "--rest_port", "8000", "--metrics_enable")
    assert options(*on).metrics == set(DEFAULT_FAMILIES)
    assert options(*on, "--metrics_list", "ovms_streams, ovms_infer_req_active").metrics == {
        "ovms_streams",
        "ovms_infer_req_active",
    }
    assert options(*on, "false").metrics is None


def test_port_0_is_off() -> None:
    assert options("--config_path", "c", "--port", "0", "--rest_port", "8000").port is None
    assert options("--config_path", "c", "--rest_port", "0").rest_port is None


def test_the_default_cache_is_used_when_its_directory_exists(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "DEFAULT_CACHE_DIR", str(tmp_path))
    assert options("--config_path", "c").cache_dir == str(tmp_path)
    assert options("--config_path", "c", "--cache_dir", "/other").cache_dir == "/other"


def test_single_model() -> None:
    assert single(
        *("--shape", "(1,2:3)", "--layout", "nhwc:nchw", "--mean", "[1,2]", "--scale", "4"),
        *("--color_format", "BGR:RGB", "--precision", "uint8:fp32"),
        *("--batch_size", "1:4", "--nireq", "3", "--target_device", "GPU"),
        *("--plugin_config", '{"NUM_STREAMS": 2, "F": 1.5, "S": "x", "B": true}'),
        *("--model_version_policy", '{"specific": {"versions": [1, 3]}}'),
    ) == ModelEntry(
        "m",
        "/m",
        VersionPolicy("specific", versions=frozenset({1, 3})),
        BatchSize(1, 4),
        3,
        "GPU",
        {"NUM_STREAMS": 2, "F": 1.5, "S": "x", "B": True},
        shapes={"": ((1, 1), (2, 3))},
        layouts={"": ("NHWC", "NCHW")},
        mean=(1.0, 2.0),
        scale=(4.0,),
        color_format=("BGR", "RGB"),
        precision=("U8", "FP32"),
    )
    assert single() == ModelEntry("m", "/m")


def test_a_relative_model_path_starts_from_the_working_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    model = options("--model_name", "m", "--model_path", "models/m").single_model
    assert model == ModelEntry("m", f"{tmp_path}/models/m")


def test_a_model_path_that_climbs_is_the_models_problem() -> None:
    model = options("--model_name", "m", "--model_path", "../m").single_model
    assert model is not None
    assert '--model_path: the path "../m" contains ".."' in (model.problem or "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "9000"], "nothing to serve: give --config_path, or --model_name and --model_path"),
        (["--model_name", "m"], "--model_path is missing"),
        (["--model_path", "/m"], "--model_name is missing"),
        (["--nireq", "1"], "--model_name is missing"),
        (["--config_path", "c", "--model_name", "m"], "--config_path excludes --model_name;"),
        (
            ["--model_name", "m", "--config_path", "c", "--model_path", "/m"],
            "--config_path excludes --model_name, --mo",
        ),
        (["--model_repository_path", "/models"], "--model_repository_path goes with --list_models or --add"),
        (["--config_path", "c", "--grpc_bind_address", "1.2"], "--grpc_bind_address: expected a host name"),
        (["--config_path", "c", "--rest_bind_address", "::1,"], "--rest_bind_address: expected a host name"),
        (["--config_path", "c", "--batch_size", "1"], "--config_path excludes --batch_size;"),
        (["--config_path", "c", "--nireq", "1"], "--config_path excludes --nireq;"),
        (["--config_path", "c", "--target_device", "CPU"], "--config_path excludes --target_device;"),
        (["--config_path", "c", "--plugin_config", "{}"], "--config_path excludes --plugin_config;"),
        (
            ["--config_path", "c", "--model_version_policy", "{}"],
            "--config_path excludes --model_version_policy;",
        ),
        (
            ["--config_path", "c", "--port", "8000", "--rest_port", "8000"],
            "--port and --rest_port are both 8000; give them different ports, or add --shared_port",
        ),
        (
            ["--config_path", "c", "--port", "8000", "--rest_port", "8001", "--shared_port"],
            "--shared_port: REST is at --port 8000; leave out --rest_port 8001",
        ),
        (
            ["--config_path", "c", "--port", "0", "--rest_port", "1", "--shared_port"],
            "--shared_port needs --port",
        ),
        (
            ["--config_path", "c", "--shared_port", "--rest_bind_address", "::1"],
            "--shared_port excludes --rest_bind_address",
        ),
        (
            ["--config_path", "c", "--shared_port", "--grpc_frontend", "grpcio"],
            "--grpc_frontend grpcio excludes --shared_port: only the native front has that",
        ),
        (
            ["--config_path", "c", "--grpc_frontend", "native", "--grpc_max_threads", "1"],
            "--grpc_frontend native excludes --grpc_max_threads: only grpcio has that",
        ),
        (["--config_path", "c", "--tls_key", "a.key"], "--tls_certificate is missing: --tls_key needs it"),
        (["--config_path", "c", "--rest_port", "9178"], "--port and --rest_port are both 9178"),
        (["--config_path", "c", "--port", "0"], "--port and --rest_port are both 0"),
        (["--config_path", "c", "--metrics_enable"], "--metrics_enable needs --rest_port"),
        (
            ["--config_path", "c", "--rest_port", "1", "--metrics_list", "x"],
            "--metrics_list needs --metrics_enable",
        ),
        (
            ["--config_path", "c", "--rest_port", "1", "--metrics_enable", "--metrics_list", "x"],
            '--metrics_list: unknown metric "x"; valid: ovms_requests_success',
        ),
        (
            ["--config_path", "c", "--rest_workers", str(DEFAULT_REST_WORKERS + 1)],
            "--rest_workers needs --rest_port",
        ),
        (
            ["--config_path", "c", "--grpc_channel_arguments", "a"],
            "--grpc_channel_arguments: expected key=value",
        ),
        (
            ["--config_path", "c", "--grpc_channel_arguments", "a=1,"],
            "--grpc_channel_arguments: expected key=value",
        ),
        (
            ["--config_path", "c", "--grpc_channel_arguments", "=1"],
            "--grpc_channel_arguments: expected key=value",
        ),
        (
            ["--config_path", "c", "--grpc_channel_arguments", "a=2147483648"],
            "--grpc_channel_arguments: a=2147483648 d",
        ),
        (["--config_path", "c", "--allowed_origins", "a.b"], '--allowed_origins: "a.b" is no origin'),
        (["--config_path", "c", "--allowed_methods", "G T"], '--allowed_methods: "G T" is no HTTP method'),
        (["--config_path", "c", "--allowed_headers", ","], "--allowed_headers: expected name,name"),
        (["--config_path", "c", "--max_body_bytes", "0"], "--max_body_bytes: expected an integer from 1"),
        (["--config_path", "c", "--max_message_bytes", "2147483648"], "--max_message_bytes: expected an"),
        (["--config_path", "c", "--idle_timeout_seconds", "0"], "--idle_timeout_seconds: expected a number"),
    ],
)
def test_refuses(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        options(*arguments)
    assert str(caught.value).startswith(message)


def test_rest_workers_at_its_default_needs_no_rest_port() -> None:
    assert options("--config_path", "c", "--rest_workers", str(DEFAULT_REST_WORKERS)).rest_port is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--shape", "1,2"], '--shape: "1,2" is no shape'),
        (["--layout", "NN"], '--layout: "NN" is no layout'),
        (["--mean", "x"], '--mean: "x" is no number'),
        (["--shape", "{"], "--shape: not valid JSON"),
        (["--batch_size", "many"], '--batch_size: "many" is no batch size'),
        (["--nireq", "-1"], "--nireq: expected an integer from 0"),
        (["--plugin_config", "{"], "--plugin_config: not valid JSON: line 1"),
        (["--plugin_config", "[]"], "--plugin_config: expected an object"),
        (["--plugin_config", '{"A": null}'], "--plugin_config.A: expected"),
        (["--model_version_policy", "all"], "--model_version_policy: not valid JSON"),
        (["--model_version_policy", "{}"], "--model_version_policy: expected exactly one"),
        (["--model_path", "s3://b/m"], "--model_path: cloud storage (s3://) is not offered"),
    ],
)
def test_refuses_a_single_model(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        single(*arguments)
    assert str(caught.value).startswith(message)
