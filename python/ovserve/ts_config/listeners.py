"""Where services listen: what flags and the file say together, and what is refused."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ovserve.config.service_schema import ServiceFlags
from ovserve.errors import ConfigurationError
from ovserve.ts_config.addresses import is_loopback
from ovserve.ts_config.options import Listener, ServiceOptions, TlsFiles

THIS_MACHINE = "127.0.0.1"
ALL_ADDRESSES = "0.0.0.0"
SAGEMAKER_PORT = 8080

_WILDCARDS = {ALL_ADDRESSES, "::"}


def with_listeners(options: ServiceOptions, flags: ServiceFlags, values: Mapping[str, Any]) -> ServiceOptions:
    """Return the options with every listener as flags and the file say.

    Args:
        options: with the listeners of the file's addresses.
        flags: win over the file, the port and the addresses each by itself.
        values: of the file.

    Raises:
        ConfigurationError: two listeners in one place, TLS without its files, or management that others
            could reach without tokens.
    """
    inference = options.inference
    if inference is None and flags.sagemaker:
        inference = Listener(ALL_ADDRESSES, SAGEMAKER_PORT)
    options = replace(
        options,
        inference=_listener(inference, flags.rest_port, flags.rest_bind_address),
        management=_listener(options.management, flags.management_port, flags.management_bind_address),
        metrics=_listener(options.metrics, flags.metrics_port, flags.metrics_bind_address),
        grpc_inference=_grpc_listener(values, "inference", flags.port, flags.grpc_bind_address),
        grpc_management=_grpc_listener(values, "management", None, flags.grpc_bind_address),
        tls=_tls_files(values),
    )
    _check_bind_addresses(options, flags)
    _check_places(options)
    _check_tls(options)
    _check_public(options)
    return options


def _listener(of_file: Listener | None, port: int | None, host: str | None) -> Listener | None:
    if port == 0 or (port is None and of_file is None):
        return None
    if of_file is None:
        return Listener(host or THIS_MACHINE, port or 0)
    return replace(of_file, host=host or of_file.host, port=port or of_file.port)


def _grpc_listener(
    values: Mapping[str, Any], kind: str, port: int | None, host: str | None
) -> Listener | None:
    of_file = values.get(f"grpc_{kind}_port")
    address = values.get(f"grpc_{kind}_address", THIS_MACHINE)
    return _listener(None if of_file is None else Listener(address, of_file), port, host or address)


def _tls_files(values: Mapping[str, Any]) -> TlsFiles | None:
    key, certificate = values.get("private_key_file"), values.get("certificate_file")
    if key is None and certificate is None:
        return None
    if key is None or certificate is None:
        raise ConfigurationError("private_key_file and certificate_file need each other")
    for name, path in (("private_key_file", key), ("certificate_file", certificate)):
        if not os.access(path, os.R_OK) or not os.path.isfile(path):
            raise ConfigurationError(f"{name}: {path} cannot be read")
    return TlsFiles(key, certificate)


def _named(options: ServiceOptions) -> dict[str, Listener]:
    listeners = {
        "inference": options.inference,
        "management": options.management,
        "metrics": options.metrics,
        "gRPC inference": options.grpc_inference,
        "gRPC management": options.grpc_management,
    }
    return {name: listener for name, listener in listeners.items() if listener is not None}


def _check_bind_addresses(options: ServiceOptions, flags: ServiceFlags) -> None:
    for name, listener, host in (
        ("management", options.management, flags.management_bind_address),
        ("metrics", options.metrics, flags.metrics_bind_address),
    ):
        if host is not None and listener is None:
            raise ConfigurationError(f"--{name}_bind_address needs --{name}_port")


def _check_places(options: ServiceOptions) -> None:
    """Refuse listeners in one place, but for inference and management, which may share theirs."""
    named = _named(options)
    for i, (name, one) in enumerate(named.items()):
        for other_name, other in list(named.items())[:i]:
            shared = one == other and {name, other_name} == {"inference", "management"}
            if one.port == other.port and not shared and _overlap(one.host.split(","), other.host.split(",")):
                raise ConfigurationError(
                    f"{other_name} and {name} would both listen on port {one.port}; give them different ports"
                )


def _overlap(hosts: Iterable[str], others: Iterable[str]) -> bool:
    one, other = set(hosts), set(others)
    return bool(one & other or one & _WILDCARDS or other & _WILDCARDS)


def _check_tls(options: ServiceOptions) -> None:
    for name, listener in _named(options).items():
        if listener.tls and options.tls is None:
            raise ConfigurationError(
                f"{name}: https needs private_key_file and certificate_file; no certificate is made up"
            )


def _check_public(options: ServiceOptions) -> None:
    for name, listener in (("management", options.management), ("gRPC management", options.grpc_management)):
        if listener is not None and not options.token_auth and not is_loopback(listener.host):
            raise ConfigurationError(
                f"{name}: others could reach {listener.host}:{listener.port}, and no tokens are asked for;"
                " listen on 127.0.0.1, or leave tokens on"
            )
