"""Values of flags to :class:`ServiceFlags`: what they mean together."""

import os
from collections.abc import Mapping

from ovserve.config.bind_addresses import parse_bind_addresses
from ovserve.config.command_line import FlagValue, UsageError
from ovserve.config.flags_services import SERVICE_GROUPS
from ovserve.config.refusals import REFUSALS
from ovserve.config.service_schema import ServiceFlags

CONFIG_FILE_VARIABLE = "TS_CONFIG_FILE"
CORS_FLAGS = ("allowed_origins", "allowed_methods", "allowed_headers", "allow_credentials")
_OF_STORE = ("models", "watch", "disable_token_auth", "enable_model_api")
_OF_SERVICES = frozenset(flag.name for group in SERVICE_GROUPS for flag in group.flags)


def service_flags(values: Mapping[str, FlagValue], environment: Mapping[str, str]) -> ServiceFlags | None:
    """Return what the command line says of services; None if it says nothing.

    Args:
        values: by flag, as the parser gives them.
        environment: variables of the process.

    Raises:
        UsageError: flags that exclude or need each other, or a value that means nothing.
    """
    if not any(name in _OF_SERVICES for name in values):
        return None
    flags = ServiceFlags(
        model_store=_path(values, "model_store"),
        models=_models(values),
        ts_config=_path(values, "ts_config"),
        port=_port(values, "port"),
        grpc_bind_address=_addresses(values, "grpc_bind_address"),
        rest_port=_port(values, "rest_port"),
        rest_bind_address=_addresses(values, "rest_bind_address"),
        management_port=_port(values, "management_port"),
        management_bind_address=_addresses(values, "management_bind_address"),
        metrics_port=_port(values, "metrics_port"),
        metrics_bind_address=_addresses(values, "metrics_bind_address"),
        disable_token_auth=_switch(values, "disable_token_auth"),
        enable_model_api=_switch(values, "enable_model_api"),
        require_signed_archives=_switch(values, "require_signed_archives"),
        trusted_keys=_path(values, "trusted_keys"),
        watch=_switch(values, "watch") is True,
        sagemaker=_switch(values, "sagemaker") is True,
        no_snapshots=_switch(values, "ncs") is True,
        cors_given=any(name in values for name in CORS_FLAGS),
    )
    if not serves_a_store(flags, environment):
        _check_without_a_store(values)
    return flags


def serves_a_store(flags: ServiceFlags | None, environment: Mapping[str, str]) -> bool:
    """Tell whether services come from a model store, be it one that ``config.properties`` names."""
    return flags is not None and bool(
        flags.model_store or flags.ts_config or flags.sagemaker or environment.get(CONFIG_FILE_VARIABLE)
    )


def _check_without_a_store(values: Mapping[str, FlagValue]) -> None:
    for name in _OF_STORE:
        if name in values:
            raise UsageError(f"--{name} needs --model_store")
    for name in ("management", "metrics"):
        if f"{name}_bind_address" in values and not values.get(f"{name}_port"):
            raise UsageError(f"--{name}_bind_address needs --{name}_port")


def _models(values: Mapping[str, FlagValue]) -> tuple[str, ...] | None:
    if "models" not in values:
        return None
    models = tuple(part.strip() for part in str(values["models"]).split(",") if part.strip())
    if not models:
        raise UsageError("--models: expected [name=]archive,..., or ALL")
    return models


def _path(values: Mapping[str, FlagValue], name: str) -> str | None:
    if name not in values:
        return None
    path = str(values[name])
    if "\0" in path:
        raise UsageError(f"--{name}: a null character is not allowed here")
    return os.path.join(os.getcwd(), path)


def _port(values: Mapping[str, FlagValue], name: str) -> int | None:
    value = values.get(name)
    return value if isinstance(value, int) else None


def _switch(values: Mapping[str, FlagValue], name: str) -> bool | None:
    value = values.get(name)
    return value if isinstance(value, bool) else None


def _addresses(values: Mapping[str, FlagValue], name: str) -> str | None:
    if name not in values:
        return None
    try:
        return ",".join(parse_bind_addresses(str(values[name]), f"--{name}"))
    except REFUSALS as error:
        raise UsageError(str(error)) from None
