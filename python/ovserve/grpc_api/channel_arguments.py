"""The server's limits as grpcio takes them. Source: grpc/impl/channel_arg_names.h."""

from ovserve.config.connections import connection_limit
from ovserve.config.schema import ServerOptions

_IDLE_TIMEOUT_S = 3600.0


def channel_arguments(options: ServerOptions) -> list[tuple[str, int | str]]:
    """Return the arguments of the server; what the user chose by their names wins."""
    limits = options.limits
    patience_ms = _milliseconds(limits.transfer_timeout_s)
    chosen: dict[str, int | str] = {
        "grpc.max_send_message_length": limits.message_bytes,
        "grpc.max_receive_message_length": limits.message_bytes,  # before and after decompression
        # Between the two numbers, grpcio refuses metadata now and then; so they are the same.
        "grpc.max_metadata_size": limits.header_bytes,
        "grpc.absolute_max_metadata_size": limits.header_bytes,
        "grpc.max_allowed_incoming_connections": connection_limit(options),
        "grpc.max_connection_idle_ms": _milliseconds(limits.idle_timeout_s or _IDLE_TIMEOUT_S),
        # A client that connects and says nothing; one that vanishes.
        "grpc.server_handshake_timeout_ms": patience_ms,
        "grpc.keepalive_time_ms": patience_ms,
        "grpc.keepalive_timeout_ms": patience_ms,
        "grpc.keepalive_permit_without_calls": 1,
    }
    # No grpc.max_concurrent_streams: what a client sends beyond it before it has learned of it is refused,
    # so a burst on a new connection would lose requests. Without it they queue for a thread.
    chosen.update(options.grpc_channel_arguments)
    # Not the user's choice: with it, the kernel would share a port with another process without a word.
    chosen["grpc.so_reuseport"] = 0
    return list(chosen.items())


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
