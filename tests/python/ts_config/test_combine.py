from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ovserve.config.command_line import parse_arguments
from ovserve.config.refusals import UnreadableFileError
from ovserve.config.schema import CorsRules, ServerOptions
from ovserve.config.server_options import server_options
from ovserve.errors import ConfigurationError
from ovserve.ts_config import combine
from ovserve.ts_config.combine import service_options, with_services
from ovserve.ts_config.options import (
    ArchiveToLoad,
    Listener,
    ModelSettings,
    PipInstall,
    RemoteArchiveRules,
    ServiceOptions,
    SnapshotOptions,
)


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "store").mkdir()
    monkeypatch.chdir(tmp_path)


def both(arguments: list[str], file: str | None, environment: dict[str, str]) -> tuple[ServerOptions, Any]:
    if file is not None:
        Path("file.properties").write_text(file)
        arguments = [*arguments, "--ts_config", "file.properties"]
    options = server_options(parse_arguments(arguments), environment)
    assert options.services is not None
    return options, service_options(options.services, environment)


def services(*arguments: str, file: str | None = None, **environment: str) -> ServiceOptions:
    _, combined = both(["--model_store", "store", *arguments], file, environment)
    assert isinstance(combined, ServiceOptions)
    return combined


def server(*arguments: str, file: str | None = None, **environment: str) -> ServerOptions:
    return with_services(*both(["--model_store", "store", *arguments], file, environment))


def test_defaults(tmp_path: Path) -> None:
    assert services() == ServiceOptions(model_store=str(tmp_path / "store"))
    assert services().token_auth


def test_every_key_that_is_a_field(tmp_path: Path) -> None:
    Path("keys.pem").write_text("")
    chosen = services(
        file="""
        default_service_handler=service:handle
        service_envelope=json
        default_workers_per_model=2
        number_of_gpu=1
        limit_max_image_pixels=false
        decode_input_request=false
        default_response_timeout=10
        default_startup_timeout=20
        unregister_model_timeout=30
        job_queue_size=40
        max_request_size=50
        max_response_size=60
        disable_token_authorization=true
        token_expiration_min=2
        enable_model_api=true
        allowed_urls=https://a/.*,file:///b/.*
        blacklist_env_vars=.*SECRET.*
        install_py_dep_per_model=true
        enable_metrics_api=false
        disable_system_metrics=true
        max_archive_size=70
        archive_download_timeout=80
        require_signed_archives=true
        trusted_keys=keys.pem
        install_py_dep_timeout=90
        install_py_dep_require_hashes=true
        install_py_dep_no_index=true
        snapshot_directory=snapshots
        restore_snapshot=true
        load_models=a=b.mar
        models={"a": {"1.0": {"minWorkers": 3}}}
        """
    )
    assert ("job_queue_size", "40") in chosen.entries
    assert replace(chosen, entries=()) == ServiceOptions(
        model_store=str(tmp_path / "store"),
        load=(ArchiveToLoad("b.mar", "a"),),
        models=(ModelSettings("a", "1.0", min_workers=3),),
        token_auth=False,
        token_expiration_s=120.0,
        enable_model_api=True,
        remote_archives=RemoteArchiveRules(("https://a/.*", "file:///b/.*"), 70, 80.0),
        require_signed_archives=True,
        trusted_keys=str(tmp_path / "keys.pem"),
        install_requirements=True,
        pip=PipInstall(90.0, True, True),
        environment_blocked=".*SECRET.*",
        default_workers=2,
        default_response_timeout_s=10.0,
        default_startup_timeout_s=20.0,
        unregister_timeout_s=30.0,
        queue_size=40,
        max_request_bytes=50,
        max_response_bytes=60,
        decode_requests=False,
        default_handler="service:handle",
        envelope="json",
        gpu_count=1,
        limit_max_image_pixels=False,
        metrics_api=False,
        system_metrics=False,
        snapshots=SnapshotOptions(str(tmp_path / "snapshots"), True),
    )


def test_the_seconds_of_multi_model_server_win() -> None:
    for lines in (
        ("default_response_timeout=2", "default_response_timeout_seconds=7"),
        (
            "default_response_timeout_seconds=7",
            "default_response_timeout=2",
        ),
    ):
        assert services(file="\n".join(lines)).default_response_timeout_s == 7.0


ALL_ADDRESSES = """
inference_address=http://10.0.0.1:1
management_address=http://127.0.0.1:2
metrics_address=http://10.0.0.1:3
grpc_inference_port=4
grpc_inference_address=10.0.0.2
grpc_management_port=5
"""


def test_listeners_of_the_file() -> None:
    chosen = services(file=ALL_ADDRESSES)
    assert chosen.inference == Listener("10.0.0.1", 1)
    assert chosen.management == Listener("127.0.0.1", 2)
    assert chosen.metrics == Listener("10.0.0.1", 3)
    assert chosen.grpc_inference == Listener("10.0.0.2", 4)
    assert chosen.grpc_management == Listener("127.0.0.1", 5)


def test_flags_win_over_the_file() -> None:
    chosen = services(
        *("--rest_port", "11", "--management_port", "12", "--metrics_port", "13", "--port", "14"),
        *("--rest_bind_address", "::1", "--metrics_bind_address", "::1", "--grpc_bind_address", "::1"),
        *("--models", "x=y", "--enable_model_api", "false", "--disable_token_auth", "false"),
        "--require_signed_archives=false",
        file=ALL_ADDRESSES
        + "enable_model_api=true\ndisable_token_authorization=true\nload_models=all\nmodel_store=/other\n"
        + "require_signed_archives=true\n",
    )
    assert chosen.inference == Listener("::1", 11)
    assert chosen.management == Listener("127.0.0.1", 12)
    assert chosen.metrics == Listener("::1", 13)
    assert chosen.grpc_inference == Listener("::1", 14)
    assert chosen.load == (ArchiveToLoad("y", "x"),)
    assert not chosen.load_all
    assert not chosen.enable_model_api
    assert not chosen.require_signed_archives
    assert chosen.token_auth
    assert chosen.model_store == str(Path("store").absolute())


def test_port_0_keeps_a_listener_closed() -> None:
    chosen = services("--rest_port", "0", "--management_port", "0", "--metrics_port", "0", file=ALL_ADDRESSES)
    assert (chosen.inference, chosen.management, chosen.metrics) == (None, None, None)


def test_flags_alone_listen_on_this_machine() -> None:
    chosen = services("--rest_port", "1", "--management_port", "2", "--metrics_port", "3", "--port", "4")
    assert {
        listener.host
        for listener in (chosen.inference, chosen.management, chosen.metrics, chosen.grpc_inference)
        if listener is not None
    } == {"127.0.0.1"}
    assert chosen.grpc_management is None


def test_variables_stand_between_flags_and_file() -> None:
    environment = {"TS_JOB_QUEUE_SIZE": "7", "TS_MANAGEMENT_ADDRESS": "http://127.0.0.1:9"}
    file = "enable_envvars_config=true\njob_queue_size=5\nmanagement_address=http://127.0.0.1:8"
    assert services(file=file, **environment).queue_size == 7
    assert services(file=file, **environment).management == Listener("127.0.0.1", 9)
    assert services("--management_port", "6", file=file, **environment).management == Listener("127.0.0.1", 6)


def test_a_variable_does_not_turn_tokens_off() -> None:
    chosen = services(file="enable_envvars_config=true", TS_DISABLE_TOKEN_AUTHORIZATION="true")
    assert chosen.token_auth
    assert len(chosen.warnings) == 1


def test_the_file_of_the_environment() -> None:
    Path("other.properties").write_text("job_queue_size=7")
    assert services(TS_CONFIG_FILE="other.properties").queue_size == 7
    both_named = services(file="job_queue_size=8", TS_CONFIG_FILE="other.properties")
    assert both_named.queue_size == 8
    assert both_named.warnings == ("TS_CONFIG_FILE=other.properties has no effect: --ts_config wins",)
    assert not services(file="", TS_CONFIG_FILE="./file.properties").warnings
    with pytest.raises(UnreadableFileError, match="missing"):
        services(TS_CONFIG_FILE="missing")


def test_a_file_in_the_working_directory_is_not_read_silently() -> None:
    Path("config.properties").write_text("disable_token_authorization=true")
    chosen = services()
    assert chosen.token_auth
    assert chosen.warnings == (
        "config.properties in the working directory is not read; give --ts_config config.properties",
    )


def test_the_file_alone_may_name_the_store(tmp_path: Path) -> None:
    _, chosen = both([], f"model_store={tmp_path}/store\ninference_address=http://127.0.0.1:1", {})
    assert chosen.model_store == f"{tmp_path}/store"


@pytest.mark.parametrize(
    ("arguments", "file", "message"),
    [
        (
            ["--disable_token_auth"],
            "management_address=http://0.0.0.0:8081",
            "management: others could reach 0",
        ),
        (["--disable_token_auth"], "management_address=http://host.example:8081", "management: others could"),
        (
            [],
            "disable_token_authorization=true\ngrpc_management_port=1\ngrpc_management_address=0.0.0.0",
            "gRPC management: others could reach",
        ),
        (["--sagemaker"], "management_address=http://0.0.0.0:8081", "management: others could reach"),
        (
            ["--rest_port", "1"],
            "management_address=http://127.0.0.1:1\ninference_address=http://0.0.0.0:2",
            "port 1",
        ),
        (
            ["--rest_port", "1", "--metrics_port", "1"],
            "",
            "inference and metrics would both listen on port 1",
        ),
        (["--rest_port", "1"], "grpc_inference_port=1", "inference and gRPC inference would both"),
        (
            [],
            "inference_address=https://127.0.0.1:1",
            "inference: https needs private_key_file and certificate_file",
        ),
        ([], "private_key_file=key.pem", "private_key_file and certificate_file need each other"),
        ([], "private_key_file=no.pem\ncertificate_file=no.pem", "private_key_file: .*no.pem cannot be read"),
        ([], "restore_snapshot=true", "restore_snapshot needs snapshot_directory"),
        (["--require_signed_archives"], "", "require_signed_archives needs trusted_keys"),
        (["--sagemaker", "--models", "a", "b"], "", "--sagemaker serves one model, not 2"),
        (["--metrics_bind_address", "::1"], "", "--metrics_bind_address needs --metrics_port"),
        ([], "job_queue_size=x", "file.properties: job_queue_size: expected a whole number"),
        (["--models", "a b=c"], "", "--models: expected name=archive"),
    ],
)
def test_refuses(arguments: list[str], file: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        services(*arguments, file=file)


def test_the_store_must_be_there() -> None:
    with pytest.raises(ConfigurationError, match="model_store is missing: give --model_store"):
        both([], "", {})
    with pytest.raises(ConfigurationError, match=r"model_store: .*/none is no directory"):
        both(["--model_store", "none"], None, {})


def test_public_management_with_tokens_is_allowed() -> None:
    chosen = services(file="management_address=http://0.0.0.0:8081")
    assert chosen.management == Listener("0.0.0.0", 8081)
    told = services("--management_port", "1", "--management_bind_address", "0.0.0.0")
    assert told.management == Listener("0.0.0.0", 1)


def test_inference_and_management_may_share_a_port() -> None:
    shared = services(file="inference_address=http://127.0.0.1:1\nmanagement_address=http://127.0.0.1:1")
    assert shared.inference == shared.management == Listener("127.0.0.1", 1)


def test_tls() -> None:
    for name in ("key.pem", "certificate.pem"):
        Path(name).write_text("")
    chosen = services(
        "--management_port",
        "5",
        file="private_key_file=key.pem\ncertificate_file=certificate.pem\n"
        "inference_address=https://127.0.0.1:1\nmanagement_address=https://127.0.0.1:2",
    )
    assert chosen.inference == Listener("127.0.0.1", 1, tls=True)
    assert chosen.management == Listener("127.0.0.1", 5, tls=True)
    assert chosen.tls is not None
    assert chosen.tls.private_key == str(Path("key.pem").absolute())
    assert chosen.tls.certificate == str(Path("certificate.pem").absolute())


def test_snapshots_given_as_the_file() -> None:
    line = 'model_snapshot={"name":"s","modelCount":1,"models":{"a":{"1.0":{"marName":"a.mar"}}}}'
    restored = services(file=line)
    assert restored.restore == (ModelSettings("a", "1.0", archive="a.mar"),)
    chosen = services("--models", "b.mar", file=line)
    assert chosen.restore is None
    assert chosen.warnings == ("the snapshot is not restored: --models wins",)


def test_snapshots_are_off_where_a_flag_says_so() -> None:
    file = "snapshot_directory=s\nrestore_snapshot=true"
    assert services("--ncs", file=file).snapshots == SnapshotOptions()
    kept = services("--models", "a", file=file)
    assert kept.snapshots == SnapshotOptions(str(Path("s").absolute()), restore=False)


def test_sagemakers_convention(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(combine, "SAGEMAKER_STORE", str(tmp_path / "store"))
    options, chosen = both(["--sagemaker"], None, {})
    assert chosen.model_store == str(tmp_path / "store")
    assert chosen.inference == Listener("0.0.0.0", 8080)
    assert (chosen.management, chosen.token_auth, chosen.load_all) == (None, False, True)
    assert with_services(options, chosen).rest_port == 8080
    assert services("--sagemaker", "--rest_port", "5", "--models", "a").inference == Listener("0.0.0.0", 5)


def test_a_server_listens_where_its_services_do() -> None:
    options = server(file=ALL_ADDRESSES)
    assert (options.rest_port, options.rest_bind_address) == (1, "10.0.0.1")
    assert (options.port, options.grpc_bind_address) == (4, "10.0.0.2")
    with pytest.raises(ConfigurationError, match="nothing would listen: give --rest_port"):
        server()


def test_pages_of_other_origins_are_refused_unless_allowed() -> None:
    assert server("--rest_port", "1").cors == CorsRules(origins=frozenset())
    assert server("--rest_port", "1", file="cors_allowed_origin=http://page.example").cors == CorsRules(
        frozenset({"http://page.example"}), ("GET", "HEAD", "POST"), frozenset()
    )
    assert server(
        "--rest_port",
        "1",
        file="cors_allowed_origin=*\ncors_allowed_methods=GET,PUT\ncors_allowed_headers=X-Page",
    ).cors == CorsRules(None, ("GET", "PUT"), frozenset({"x-page"}))
    given = server("--rest_port", "1", "--allowed_origins", "http://b.example", file="cors_allowed_origin=*")
    assert given.cors == CorsRules(frozenset({"http://b.example"}))


def test_a_server_of_models_alone_asks_for_no_tokens_and_shows_no_public_management() -> None:
    options, chosen = both(["--config_path", "c", "--management_port", "1"], None, {})
    assert not chosen.token_auth
    assert with_services(options, chosen) == options
    with pytest.raises(ConfigurationError, match="management: others could reach"):
        both(["--config_path", "c", "--management_port", "1", "--management_bind_address", "::"], None, {})


def test_workers_at_the_start() -> None:
    assert ServiceOptions(default_workers=3).workers_at_start(gpu_count=2) == 3
    assert ServiceOptions().workers_at_start(gpu_count=2) == 2
    assert ServiceOptions().workers_at_start() >= 1


def test_services_that_others_reach_without_tokens_are_warned_about() -> None:
    public = ["--rest_port", "1", "--rest_bind_address", "0.0.0.0"]
    assert services(*public, "--disable_token_auth").warnings == (
        "others can reach the services at 0.0.0.0:1, and no tokens are asked for",
    )
    assert not services(*public).warnings
    assert not services("--rest_port", "1", "--disable_token_auth").warnings
    assert not services("--sagemaker").warnings


# In the pattern of those that KServe mounts into its containers.
OF_KSERVE = r"""
inference_address=http://127.0.0.1:8085
management_address=http://127.0.0.1:8085
metrics_address=http://127.0.0.1:8082
grpc_inference_port=7070
grpc_management_port=7071
enable_envvars_config=true
install_py_dep_per_model=true
load_models=all
max_response_size=655350000
default_response_timeout=600
enable_metrics_api=true
metrics_format=prometheus
metrics_mode=prometheus
NUM_WORKERS=1
number_of_netty_threads=4
job_queue_size=10
model_snapshot={"name":"startup.cfg","modelCount":1,"models":{"mnist":{"1.0":{"defaultVersion":true,\
    "marName":"mnist.mar","minWorkers":1,"maxWorkers":5,"batchSize":1,"maxBatchDelay":5000,"responseTimeout":120}}}}
"""


def test_a_file_as_kserve_has_it() -> None:
    chosen = services(file=OF_KSERVE, TS_SERVICE_ENVELOPE="kservev2")
    assert chosen.inference == chosen.management == Listener("127.0.0.1", 8085)
    assert (chosen.grpc_inference, chosen.grpc_management) == (
        Listener("127.0.0.1", 7070),
        Listener("127.0.0.1", 7071),
    )
    assert chosen.envelope == "kservev2"
    assert chosen.restore == (
        ModelSettings(
            "mnist",
            "1.0",
            default_version=True,
            archive="mnist.mar",
            min_workers=1,
            max_workers=5,
            batch_size=1,
            max_batch_delay_s=5.0,
            response_timeout_s=120.0,
        ),
    )
    assert [warning.split()[0] for warning in chosen.warnings] == ["NUM_WORKERS", "number_of_netty_threads"]
