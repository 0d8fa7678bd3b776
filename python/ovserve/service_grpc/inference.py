"""TorchServe's gRPC service for inferences.

Source: TorchServe's inference.proto, org.pytorch.serve.grpc.inference.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import grpc

from ovserve.grpc_api.beside import Context
from ovserve.grpc_api.methods import CallError, Methods
from ovserve.service_grpc import protobuf
from ovserve.service_grpc.statuses import error_of

if TYPE_CHECKING:
    from ovserve.service_host.host import ServiceHost
    from ovserve.services.exchange import Reply, Request
    from ovserve.services.service import Service

SERVICE = "org.pytorch.serve.grpc.inference.InferenceAPIsService"
MOST_INPUTS = 1000

_NO_SEQUENCES = (
    "StreamPredictions2 is not offered: sequences of requests to one worker; use StreamPredictions"
)


@dataclass(slots=True)
class _PredictionsRequest:
    model_name: str = ""
    model_version: str = ""
    inputs: dict[str, memoryview] = field(default_factory=dict)
    sequence_id: str | None = None


class InferenceApis:
    """Answers predictions with the services of a host.

    Args:
        host: gives it, None as long as there are no services.
        healthy: tells what Ping answers.
        largest: of a request, in bytes.
    """

    def __init__(
        self, host: Callable[[], "ServiceHost | None"], healthy: Callable[[], bool], largest: int
    ) -> None:
        self._host = host
        self._healthy = healthy
        self._largest = largest

    def service(self, methods: Methods) -> grpc.GenericRpcHandler:
        """Return the service for registration."""
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "Ping": methods.unary(self._ping),
                "Predictions": methods.unary_in_context(self._predict),
                "StreamPredictions": methods.streaming(self._predict_in_pieces),
                "StreamPredictions2": methods.unimplemented(_NO_SEQUENCES),
            },
        )

    def _ping(self, request: bytes) -> bytes:
        status = "Healthy" if self._healthy() else "Unhealthy"
        return protobuf.field(1, json.dumps({"status": status}, indent=2) + "\n")

    def _predict(self, message: bytes, context: Context) -> bytes:
        from ovserve.service_grpc.waiting import answered

        host, service, request, sequence_id = self._call(message)
        return _response(answered(host, service, request, context), sequence_id)

    def _predict_in_pieces(self, message: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        from ovserve.service_grpc.waiting import answers

        host, service, request, sequence_id = self._call(message)
        for reply in answers(host, service, request, context):
            yield _response(reply, sequence_id)

    def _call(self, message: bytes) -> "tuple[ServiceHost, Service, Request, str | None]":
        from ovserve.services.exchange import Part, Request, ServiceFailure

        if len(message) > self._largest:
            raise too_large(self._largest)
        asked = _predictions_request(message)
        if not asked.model_name:
            raise CallError(grpc.StatusCode.INVALID_ARGUMENT, "Parameter model_name is required.")
        host = self._host()
        if host is None:
            raise CallError(grpc.StatusCode.NOT_FOUND, f"Model not found: {asked.model_name}")
        try:
            service = host.registry.get(asked.model_name, asked.model_version or None)
        except ServiceFailure as failure:
            raise error_of(failure) from None
        parts = [Part(name, "", data) for name, data in asked.inputs.items()]
        headers = [] if asked.sequence_id is None else [("ts_request_sequence_id", asked.sequence_id)]
        return host, service, Request(parts, headers), asked.sequence_id


def too_large(limit: int) -> CallError:
    """Return the refusal of a message that is too large."""
    return CallError(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        f"The request's message is larger than {limit} bytes (max_request_size)",
    )


def _predictions_request(message: bytes) -> _PredictionsRequest:
    asked = _PredictionsRequest()
    for number, _, value in protobuf.fields(message):
        if number == 1:
            asked.model_name = protobuf.text_of(value)
        elif number == 2:
            asked.model_version = protobuf.text_of(value)
        elif number == 3:
            name, data = _entry(protobuf.bytes_of(value))
            asked.inputs[name] = data
            if len(asked.inputs) > MOST_INPUTS:
                raise CallError(
                    grpc.StatusCode.INVALID_ARGUMENT, f"The request has more than {MOST_INPUTS} inputs"
                )
        elif number == 4:
            asked.sequence_id = protobuf.text_of(value)
    return asked


def _entry(message: memoryview) -> tuple[str, memoryview]:
    name, data = "", memoryview(b"")
    for number, _, value in protobuf.fields(message):
        if number == 1:
            name = protobuf.text_of(value)
        elif number == 2:
            data = protobuf.bytes_of(value)
    return name, data


def _response(reply: "Reply", sequence_id: str | None) -> bytes:
    response = protobuf.field(1, reply.body)
    return response if sequence_id is None else response + protobuf.field(2, sequence_id)
