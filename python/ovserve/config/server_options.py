"""Flag values to :class:`ServerOptions`: what the flags mean together."""

import os
from collections.abc import Callable, Mapping
from typing import TypeVar

from ovserve.config.batch_size import parse_batch_size_text
from ovserve.config.bind_addresses import parse_bind_addresses
from ovserve.config.command_line import FlagValue, UsageError
from ovserve.config.cors import parse_header_names, parse_methods, parse_origins
from ovserve.config.flags import DEFAULT_PORT, DEFAULT_REST_WORKERS, FLAGS
from ovserve.config.frontend import Frontend, chosen_frontend
from ovserve.config.json_document import JsonValue, parse_json
from ovserve.config.layout import parse_layouts_text
from ovserve.config.load import read_configuration
from ovserve.config.metrics import chosen_families
from ovserve.config.mil_config import MilListener, mil_listener
from ovserve.config.paths import cloud_scheme, escape_problem
from ovserve.config.plugin_config import parse_plugin_config
from ovserve.config.preprocessing import (
    parse_color_format,
    parse_divisors,
    parse_numbers,
    parse_precision,
)
from ovserve.config.refusals import REFUSALS, UnreadableFileError
from ovserve.config.schema import CorsRules, Limits, ModelEntry, ServerOptions, TlsFiles, VersionPolicy
from ovserve.config.service_flags import CORS_FLAGS, serves_a_store, service_flags
from ovserve.config.shape import parse_shapes_text
from ovserve.config.tls import parse_tls_files
from ovserve.config.version_policy import parse_version_policy

DEFAULT_CACHE_DIR = "/opt/cache"
_INT32 = range(-(2**31), 2**31)
_Value = TypeVar("_Value", str, int, float)
_Parsed = TypeVar("_Parsed")


def server_options(
    values: Mapping[str, FlagValue], environment: Mapping[str, str] | None = None
) -> ServerOptions:
    """Combine the values that the command line gave with the defaults.

    Args:
        values: by flag, as the parser gives them.
        environment: variables of the process; by default its own.

    Raises:
        UsageError: flags that exclude or need each other, or a value that means nothing.
    """
    variables = os.environ if environment is None else environment
    services = service_flags(values, variables)
    store = serves_a_store(services, variables)
    mil = _mil_listener(values)
    private = store or mil is not None
    port = _given(values, "port", 0 if private else DEFAULT_PORT)
    shared_port = bool(_given(values, "shared_port", False))
    rest_port = _given(values, "rest_port", port if shared_port else (mil.port if mil else None) or 0)
    _check_ports(values, port, rest_port, store)
    grpc_bind_address = _bind_addresses(values, "grpc_bind_address", private)
    return ServerOptions(
        port=port or None,
        rest_port=rest_port or None,
        grpc_bind_address=grpc_bind_address,
        rest_bind_address=(
            grpc_bind_address if shared_port else _bind_addresses(values, "rest_bind_address", private, mil)
        ),
        config_path=_config_path(values, store),
        single_model=_single_model(values),
        services=services,
        poll_interval_s=_seconds(values, "file_system_poll_wait_seconds", 1.0),
        log_level=_given(values, "log_level", "INFO"),
        log_path=_given(values, "log_path", "") or None,
        access_log=_given(values, "access_log", "") or None,
        cpu_extension=_given(values, "cpu_extension", ""),
        cache_dir=_given(values, "cache_dir", DEFAULT_CACHE_DIR if os.path.isdir(DEFAULT_CACHE_DIR) else ""),
        frontend=_frontend(values),
        shared_port=shared_port,
        tls=_tls(values),
        grpc_channel_arguments=_channel_arguments(_given(values, "grpc_channel_arguments", "")),
        grpc_max_threads=_given(values, "grpc_max_threads", 0) or None,
        rest_workers=_given(values, "rest_workers", 0) or None,
        drain_s=_seconds(values, "drain_seconds", 30.0),
        loader_call_deadline_s=_seconds(values, "loader_call_deadline_seconds", 60.0),
        blacklist_deadline_s=_seconds(values, "blacklist_deadline_seconds", 5.0),
        load_wait_s=_seconds(values, "load_wait_seconds", 10.0),
        metrics=_metrics(values, rest_port, store),
        limits=_limits(values),
        cors=_cors(values, private),
        warnings=(*_warnings(values, variables), *_remarks(values, mil)),
        max_image_pixels=_given(values, "max_image_pixels", 100_000_000),
    )


def _given(values: Mapping[str, FlagValue], name: str, default: _Value) -> _Value:
    value = values.get(name, default)
    assert isinstance(value, type(default))  # the flag's kind saw to it
    return value


def _seconds(values: Mapping[str, FlagValue], name: str, default: float) -> float:
    return float(values.get(name, default))


def _mil_listener(values: Mapping[str, FlagValue]) -> MilListener | None:
    """Return where a ``mil_config.json`` wants to be served; None if no such file is given."""
    path = _given(values, "config_path", "")
    try:
        return mil_listener(read_configuration(path)) if path else None
    except UnreadableFileError:
        return None  # the start says so
    except REFUSALS as error:
        raise UsageError(f"{path}: {error}") from None


def _remarks(values: Mapping[str, FlagValue], mil: MilListener | None) -> tuple[str, ...]:
    """Say what a file opens to others, which may not be meant."""
    if mil is None or not mil.is_public or "rest_bind_address" in values:
        return ()
    return (
        f"FastAPI.host {mil.host} lets other machines reach the model loader, and no tokens are asked for;"
        " --rest_bind_address 127.0.0.1 keeps it to this one",
    )


def _bind_addresses(
    values: Mapping[str, FlagValue], name: str, private: bool, mil: MilListener | None = None
) -> str:
    default = (mil.host if mil else None) or ("127.0.0.1" if private else "0.0.0.0")
    try:
        return ",".join(parse_bind_addresses(_given(values, name, default), f"--{name}"))
    except REFUSALS as error:
        raise UsageError(str(error)) from None


def _warnings(values: Mapping[str, FlagValue], environment: Mapping[str, str]) -> tuple[str, ...]:
    """Say what was asked for and changes nothing, and why."""
    ignored = [(f"--{name}", FLAGS[name].no_effect) for name in values if FLAGS[name].no_effect]
    if environment.get("GRPC_SERVERS"):
        ignored.append(("the environment variable GRPC_SERVERS", FLAGS["grpc_workers"].no_effect))
    return tuple(f"{what} has no effect: {why}" for what, why in ignored)


def _check_ports(values: Mapping[str, FlagValue], port: int, rest_port: int, store: bool) -> None:
    if store and (port == 0 or rest_port == 0) and not _given(values, "shared_port", False):
        return  # config.properties may name them
    if port == 0 and rest_port == 0:
        raise UsageError("--port and --rest_port are both 0: nothing would listen; give one of them a port")
    if _given(values, "shared_port", False):
        if port == 0:
            raise UsageError("--shared_port needs --port")
        if rest_port != port:
            raise UsageError(f"--shared_port: REST is at --port {port}; leave out --rest_port {rest_port}")
        if "rest_bind_address" in values:
            raise UsageError("--shared_port excludes --rest_bind_address; --grpc_bind_address is for both")
    elif port == rest_port:
        raise UsageError(
            f"--port and --rest_port are both {port}; give them different ports, or add --shared_port"
        )
    if rest_port == 0 and values.get("rest_workers", DEFAULT_REST_WORKERS) != DEFAULT_REST_WORKERS:
        raise UsageError("--rest_workers needs --rest_port")


def _limits(values: Mapping[str, FlagValue]) -> Limits:
    default = Limits()
    return Limits(
        message_bytes=_given(values, "max_message_bytes", default.message_bytes),
        body_bytes=_given(values, "max_body_bytes", default.body_bytes),
        json_depth=_given(values, "max_json_depth", default.json_depth),
        header_bytes=_given(values, "max_header_bytes", default.header_bytes),
        header_count=_given(values, "max_header_count", default.header_count),
        connections=_given(values, "max_connections", 0) or None,
        idle_timeout_s=_seconds(values, "idle_timeout_seconds", 0.0) or None,
        transfer_timeout_s=_seconds(values, "transfer_timeout_seconds", default.transfer_timeout_s),
    )


def _cors(values: Mapping[str, FlagValue], store: bool) -> CorsRules:
    if store and not any(name in values for name in CORS_FLAGS):
        return CorsRules(origins=frozenset())  # unless config.properties says more
    try:
        return CorsRules(
            origins=parse_origins(_given(values, "allowed_origins", "*"), "--allowed_origins"),
            methods=parse_methods(_given(values, "allowed_methods", "*"), "--allowed_methods"),
            headers=parse_header_names(_given(values, "allowed_headers", "*"), "--allowed_headers"),
            credentials=bool(_given(values, "allow_credentials", False)),
        )
    except REFUSALS as error:
        raise UsageError(str(error)) from None


def _metrics(values: Mapping[str, FlagValue], rest_port: int, store: bool) -> frozenset[str] | None:
    if not _given(values, "metrics_enable", False):
        if "metrics_list" in values:
            raise UsageError("--metrics_list needs --metrics_enable")
        return None
    if rest_port == 0 and not store:
        raise UsageError("--metrics_enable needs --rest_port")
    names = [name.strip() for name in _given(values, "metrics_list", "").split(",") if name.strip()]
    try:
        return chosen_families(names, "--metrics_list")
    except REFUSALS as error:
        raise UsageError(str(error)) from None


def _config_path(values: Mapping[str, FlagValue], store: bool) -> str | None:
    if "model_repository_path" in values:
        raise UsageError("--model_repository_path goes with --list_models or --add_to_config")
    of_model = [f"--{name}" for name in values if FLAGS[name].single_model]
    if "config_path" in values:
        if of_model:
            raise UsageError(f"--config_path excludes {', '.join(of_model)}; write them into the file")
        return _given(values, "config_path", "")
    if not of_model:
        if store:
            return None
        raise UsageError(
            "nothing to serve: give --config_path, or --model_name and --model_path, or --model_store"
        )
    for name in ("model_name", "model_path"):
        if name not in values:
            raise UsageError(f"--{name} is missing: one model needs --model_name and --model_path")
    return None


def _single_model(values: Mapping[str, FlagValue]) -> ModelEntry | None:
    if "model_name" not in values or "model_path" not in values:
        return None
    path = _given(values, "model_path", "")
    scheme = cloud_scheme(path)
    if scheme is not None:
        raise UsageError(
            f"--model_path: cloud storage ({scheme}) is not offered; copy the model to a local directory"
        )
    problem = escape_problem(path)
    try:
        return ModelEntry(
            name=_given(values, "model_name", ""),
            base_path=os.path.join(os.getcwd(), path),
            version_policy=_version_policy(values),
            batch_size=parse_batch_size_text(_given(values, "batch_size", "0"), "--batch_size"),
            shapes=parse_shapes_text(_given(values, "shape", "{}"), "--shape"),
            layouts=parse_layouts_text(_given(values, "layout", "{}"), "--layout"),
            mean=_parsed(values, "mean", parse_numbers, ()),
            scale=_parsed(values, "scale", parse_divisors, ()),
            color_format=_parsed(values, "color_format", parse_color_format, ("", "")),
            precision=_parsed(values, "precision", parse_precision, ("", "")),
            nireq=_given(values, "nireq", 0),
            target_device=_given(values, "target_device", "CPU"),
            plugin_config=parse_plugin_config(_json(values, "plugin_config"), "--plugin_config"),
            problem=f"--model_path: {problem}" if problem else None,
        )
    except REFUSALS as error:
        raise UsageError(str(error)) from None


def _parsed(
    values: Mapping[str, FlagValue], name: str, parse: Callable[[JsonValue, str], _Parsed], default: _Parsed
) -> _Parsed:
    return parse(_given(values, name, ""), f"--{name}") if name in values else default


def _version_policy(values: Mapping[str, FlagValue]) -> VersionPolicy:
    if "model_version_policy" not in values:
        return VersionPolicy()
    return parse_version_policy(_json(values, "model_version_policy"), "--model_version_policy")


def _json(values: Mapping[str, FlagValue], name: str) -> JsonValue:
    return parse_json(_given(values, name, "{}"), f"--{name}")


def _frontend(values: Mapping[str, FlagValue]) -> Frontend:
    given = [name for name, value in values.items() if value is not False]
    try:
        return chosen_frontend(_given(values, "grpc_frontend", "auto"), given, "--")
    except REFUSALS as error:
        raise UsageError(str(error)) from None


def _tls(values: Mapping[str, FlagValue]) -> TlsFiles | None:
    certificate, key, client_ca = (
        _given(values, f"tls_{name}", "") for name in ("certificate", "key", "client_ca")
    )
    try:
        return parse_tls_files(certificate, key, client_ca, "--")
    except REFUSALS as error:
        raise UsageError(str(error)) from None


def _channel_arguments(text: str) -> tuple[tuple[str, int | str], ...]:
    """Read ``key=value,key=value``; integers stay integers, as gRPC wants them."""
    return tuple(_channel_argument(part) for part in text.split(",")) if text else ()


def _channel_argument(part: str) -> tuple[str, int | str]:
    key, equals, value = (piece.strip() for piece in part.partition("="))
    if not (key and equals and value):
        raise UsageError(f'--grpc_channel_arguments: expected key=value,key=value, got "{part}"')
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        return key, value
    if len(digits) > 10 or int(value) not in _INT32:
        raise UsageError(f"--grpc_channel_arguments: {key}={value} does not fit 32 bits")
    return key, int(value)
