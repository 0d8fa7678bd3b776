"""What a gRPC port answers beside the core."""

from collections.abc import Callable, Sequence
from typing import Protocol

import grpc

from ovserve.grpc_api.methods import Methods

Unary = Callable[[bytes], bytes]


class Context(Protocol):
    """What is to be known of a call; the context of grpcio is one."""

    def time_remaining(self) -> float | None:
        """Return how long its client will wait, in seconds; None: no limit."""

    def add_callback(self, callback: Callable[[], None]) -> bool:
        """Have something called when it has ended; False: it has."""


class CallsBeside(Protocol):
    """Asked before the core, on the threads of calls."""

    def interceptors(self) -> Sequence[grpc.ServerInterceptor]:
        """Return what sees every call first."""

    def services(self, methods: Methods) -> Sequence[grpc.GenericRpcHandler]:
        """Return further services."""

    def kserve(self, method: str, request: bytes, context: Context) -> bytes | None:
        """Return the reply to a message of KServe's service; None: the core shall answer.

        Raises:
            CallError: the call fails.
        """
