"""KServe's gRPC methods, about models that are services."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import grpc

from ovserve.errors import InvalidArgumentError
from ovserve.grpc_api.beside import Context
from ovserve.grpc_api.methods import CallError
from ovserve.service_grpc import protobuf
from ovserve.service_grpc.inference import too_large
from ovserve.service_grpc.statuses import error_of

if TYPE_CHECKING:
    from ovserve.service_host.host import ServiceHost

log = logging.getLogger(__name__)


class KserveForServices:
    """Answers what is about a service; see :class:`ovserve.grpc_api.beside.CallsBeside`.

    Args:
        host: gives it, None as long as there are no services.
        largest: of a request, in bytes.
    """

    def __init__(self, host: Callable[[], "ServiceHost | None"], largest: int) -> None:
        self._host = host
        self._largest = largest

    def answer(self, method: str, message: bytes, context: Context) -> bytes | None:
        """Return the reply; None for what is about no service.

        Raises:
            CallError: the call fails.
            InvalidArgumentError: the message makes no sense.
        """
        host = self._host()
        if host is None or not host.names():
            return None
        from ovserve.service_grpc.infer_messages import model_of

        try:
            if model_of(message) not in host.names():
                return None
        except InvalidArgumentError:  # the core says what it says of every such message
            return None
        if method == "ModelReady":
            return self._ready(host, message)
        if method == "ModelMetadata":
            return self._metadata(host, message)
        if method == "ModelInfer":
            return self._infer(host, message, context)
        return self._infer_in_stream(host, message, context)

    def _ready(self, host: "ServiceHost", message: bytes) -> bytes:
        from ovserve.service_grpc.infer_messages import name_and_version
        from ovserve.services.description import ServiceState
        from ovserve.services.exchange import ServiceFailure

        name, version = name_and_version(message)
        try:
            service = host.registry.get(name, version or None)
        except ServiceFailure as failure:
            raise error_of(failure) from None
        return protobuf.number_field(1, 1) if service.state is ServiceState.READY else b""

    def _metadata(self, host: "ServiceHost", message: bytes) -> bytes:
        from ovserve.service_api.service_status import PLATFORM
        from ovserve.service_grpc.infer_messages import name_and_version
        from ovserve.services.exchange import ServiceFailure

        name, version = name_and_version(message)
        try:
            host.registry.get(name, version or None)
            versions = [each.spec.version for each in host.registry.versions(name)]
        except ServiceFailure as failure:
            raise error_of(failure) from None
        chunks = [protobuf.field(1, name), *(protobuf.field(2, each) for each in versions)]
        return b"".join((*chunks, protobuf.field(3, PLATFORM)))

    def _infer(self, host: "ServiceHost", message: bytes, context: Context) -> bytes:
        from ovserve.service_grpc.infer_messages import infer_response, read_infer_request
        from ovserve.service_grpc.waiting import answered
        from ovserve.services.exchange import Request, ServiceFailure

        if len(message) > self._largest:
            raise too_large(self._largest)
        asked = read_infer_request(message)
        try:
            service = host.registry.get(asked.model_name, asked.model_version or None)
        except ServiceFailure as failure:
            raise error_of(failure) from None
        reply = answered(host, service, Request(asked.parts, wants_tensors=True), context)
        return infer_response(asked, service.spec.version, reply)

    def _infer_in_stream(self, host: "ServiceHost", message: bytes, context: Context) -> bytes:
        """Return a ModelStreamInferResponse, which an error is part of."""
        try:
            return protobuf.field(2, self._infer(host, message, context))
        except CallError as error:
            if error.code is grpc.StatusCode.CANCELLED:
                raise
            return protobuf.field(1, str(error))
        except InvalidArgumentError as error:
            return protobuf.field(1, str(error))
