from typing import Any

import pytest

from ovserve.config.schema import Limits, ServerOptions
from ovserve.grpc_api.channel_arguments import channel_arguments


def arguments(**options: Any) -> dict[str, int | str]:
    chosen = channel_arguments(ServerOptions(**options))
    assert len(dict(chosen)) == len(chosen)
    return dict(chosen)


@pytest.mark.parametrize(
    ("limits", "chosen"),
    [
        ({"message_bytes": 5}, {"grpc.max_send_message_length": 5, "grpc.max_receive_message_length": 5}),
        ({"header_bytes": 5}, {"grpc.max_metadata_size": 5, "grpc.absolute_max_metadata_size": 5}),
        ({"connections": 5}, {"grpc.max_allowed_incoming_connections": 5}),
        ({"idle_timeout_s": 1.5}, {"grpc.max_connection_idle_ms": 1500}),
        ({}, {"grpc.max_connection_idle_ms": 3_600_000}),
        (
            {"transfer_timeout_s": 0.0001},
            {"grpc.server_handshake_timeout_ms": 1, "grpc.keepalive_time_ms": 1},
        ),
    ],
)
def test_limits(limits: dict[str, Any], chosen: dict[str, int]) -> None:
    assert chosen.items() <= arguments(limits=Limits(**limits)).items()


def test_the_users_own_arguments_win_except_the_one_that_shares_ports() -> None:
    own = (("grpc.max_receive_message_length", 7), ("grpc.so_reuseport", 1), ("x", "y"))
    assert {"grpc.max_receive_message_length": 7, "grpc.so_reuseport": 0, "x": "y"}.items() <= arguments(
        grpc_channel_arguments=own
    ).items()
