"""What services add to the gRPC port for inferences."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import grpc

from ovserve.grpc_api.beside import Context
from ovserve.grpc_api.methods import Methods
from ovserve.management.tokens import Purpose, Tokens
from ovserve.service_grpc.access import AsksForKeys
from ovserve.service_grpc.inference import SERVICE, InferenceApis
from ovserve.service_grpc.kserve import KserveForServices

if TYPE_CHECKING:
    from ovserve.service_host.host import ServiceHost

_PROBES = (
    f"/{SERVICE}/Ping",
    "/inference.GRPCInferenceService/ServerLive",
    "/inference.GRPCInferenceService/ServerReady",
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
)


class ServicesBeside:
    """See :class:`ovserve.grpc_api.beside.CallsBeside`.

    Args:
        host: gives it, None as long as there are no services.
        healthy: tells what Ping answers.
        largest: of a request to a service, in bytes.
        tokens: the keys that all but probes need; None: nobody needs one.
    """

    def __init__(
        self,
        host: Callable[[], "ServiceHost | None"],
        healthy: Callable[[], bool],
        largest: int,
        tokens: Tokens | None,
    ) -> None:
        self._inference = InferenceApis(host, healthy, largest)
        self._kserve = KserveForServices(host, largest)
        self._tokens = tokens

    def interceptors(self) -> Sequence[grpc.ServerInterceptor]:
        """Return what asks for keys."""
        if self._tokens is None:
            return ()
        return (AsksForKeys(self._tokens, Purpose.INFERENCE, _PROBES),)

    def services(self, methods: Methods) -> Sequence[grpc.GenericRpcHandler]:
        """Return TorchServe's service."""
        return (self._inference.service(methods),)

    def kserve(self, method: str, request: bytes, context: Context) -> bytes | None:
        """Return the answer of a service; None: it is about none."""
        return self._kserve.answer(method, request, context)
