"""Which front speaks gRPC and REST, where options need one of them."""

from collections.abc import Iterable
from typing import Literal, TypeAlias, get_args

from ovserve.errors import ConfigurationError

Frontend: TypeAlias = Literal["native", "grpcio"]
FrontendChoice: TypeAlias = Literal["auto", "native", "grpcio"]

ONLY_GRPCIO = ("grpc_channel_arguments", "grpc_max_threads")
"""Options that are about grpcio's own server."""
ONLY_NATIVE = ("shared_port", "tls_certificate", "tls_key", "tls_client_ca")


def chosen_frontend(asked: str, given: Iterable[str], dashes: str = "") -> Frontend:
    """Return the native front, unless grpcio is asked for or an option needs it.

    Args:
        asked: one of :data:`FrontendChoice`.
        given: the names of the options that somebody has set.
        dashes: what the caller writes before names.

    Raises:
        ConfigurationError: no front has this name, or all of the options; the message names them.
    """
    if asked not in get_args(FrontendChoice):
        expected = ", ".join(get_args(FrontendChoice))
        raise ConfigurationError(f'{dashes}grpc_frontend: expected one of {expected}, got "{asked}"')
    names = set(given)
    of_grpcio, of_native = (
        [f"{dashes}{name}" for name in own if name in names] for own in (ONLY_GRPCIO, ONLY_NATIVE)
    )
    if of_grpcio and (asked == "native" or of_native):
        reason = f"{dashes}grpc_frontend native" if asked == "native" else ", ".join(of_native)
        raise ConfigurationError(f"{reason} excludes {', '.join(of_grpcio)}: only grpcio has that")
    if of_native and asked == "grpcio":
        raise ConfigurationError(
            f"{dashes}grpc_frontend grpcio excludes {', '.join(of_native)}: only the native front has that"
        )
    return "grpcio" if of_grpcio or asked == "grpcio" else "native"
