"""ovserve, once for each front end that it offers."""

from __future__ import annotations

from collections.abc import Mapping

from ovserve.config.flag import Flag
from ovserve.config.flags import FLAGS
from perf.servers.description import ServerDescription
from perf.workloads.protocols import PROTOCOLS

_COMMAND = (
    *("{python}", "-m", "ovserve", "--config_path", "{config_with_services}"),
    *("--port", "{grpc_port}", "--grpc_bind_address", "127.0.0.1"),
    *("--rest_port", "{rest_port}", "--rest_bind_address", "127.0.0.1"),
)
# What answers HTTP beside the gRPC front of that name.
_REST_FRONTS = {"grpcio": "uvicorn", "native": "native"}
_CHOSEN_BY_SERVER = "auto"


def own_servers(flags: Mapping[str, Flag] = FLAGS) -> list[ServerDescription]:
    """Return a description for each value of ``--grpc_frontend``; without that flag the one there is."""
    flag = flags.get("grpc_frontend")
    if flag is None or flag.not_offered:
        return [_description("grpcio", ())]
    fronts = [choice for choice in flag.choices if choice != _CHOSEN_BY_SERVER]
    return [_description(front, ("--grpc_frontend", front)) for front in fronts]


def _description(front: str, arguments: tuple[str, ...]) -> ServerDescription:
    return ServerDescription(
        name=f"ovserve/{front}",
        command=(*_COMMAND, *arguments),
        protocols={name: protocol.path for name, protocol in PROTOCOLS.items()},
        kind="server",
        fronts={"grpc": front, "http1": _REST_FRONTS.get(front, front)},
        ready_path="/v2/health/ready",
    )
