"""TorchServe's gRPC service for management: the actions of the REST API, with the parameters as messages.

What is not on the wire is not given. Clients leave out zeros and empty texts, so those are not given either,
but for a number of workers, a delay or a switch that a client does send.

Source: TorchServe's management.proto, org.pytorch.serve.grpc.management.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial

import grpc

from ovserve.grpc_api.methods import CallError, Methods
from ovserve.rest_api.routes import Response
from ovserve.service_api.management import NOT_SWITCHED_ON
from ovserve.service_api.management_actions import ManagementActions
from ovserve.service_api.parameters import Parameters
from ovserve.service_grpc import protobuf
from ovserve.service_grpc.statuses import error_of
from ovserve.services.exchange import ServiceFailure

SERVICE = "org.pytorch.serve.grpc.management.ManagementAPIsService"

_MODEL = {1: "model_name", 2: "model_version"}
_DESCRIBE = {**_MODEL, 3: "customized"}
_LIST = {1: "limit", 2: "next_page_token"}
_REGISTER = {
    1: "batch_size",
    2: "handler",
    3: "initial_workers",
    4: "max_batch_delay",
    5: "model_name",
    6: "response_timeout",
    7: "runtime",
    8: "synchronous",
    9: "url",
    10: "s3_sse_kms",
    11: "startup_timeout",
}
_SCALE = {
    **_MODEL,
    3: "max_worker",
    4: "min_worker",
    5: "number_gpu",
    6: "synchronous",
    7: "timeout",
}
_SWITCHES = frozenset({"customized", "synchronous", "s3_sse_kms"})
_MAY_BE_ZERO = frozenset({"initial_workers", "max_worker", "min_worker", "max_batch_delay"})

Action = Callable[[str, str | None, Parameters], Response]


class ManagementApis:
    """Carries out what is asked.

    Args:
        actions: what is done.
        model_api: whether services may be registered and removed.
    """

    def __init__(self, actions: ManagementActions, model_api: bool) -> None:
        self._actions = actions
        self._model_api = model_api

    def service(self, methods: Methods) -> grpc.GenericRpcHandler:
        """Return the service for registration."""
        actions = self._actions

        def method(
            fields: Mapping[int, str], action: Action, switched: bool = False
        ) -> grpc.RpcMethodHandler:
            return methods.unary(partial(self._answer, fields, action, switched))

        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "DescribeModel": method(_DESCRIBE, _named(actions.describe)),
                "ListModels": method(_LIST, lambda name, version, parameters: actions.list(parameters)),
                "RegisterModel": method(
                    _REGISTER, lambda name, version, parameters: actions.register(parameters), True
                ),
                "ScaleWorker": method(_SCALE, _named(actions.scale)),
                "SetDefault": method(_MODEL, _named(self._set_default)),
                "UnregisterModel": method(_MODEL, _named(actions.unregister), True),
            },
        )

    def _set_default(self, name: str, version: str | None, parameters: Parameters) -> Response:
        if version is None:
            raise CallError(grpc.StatusCode.INVALID_ARGUMENT, "Parameter model_version is required.")
        return self._actions.set_default(name, version, parameters)

    def _answer(self, fields: Mapping[int, str], action: Action, switched: bool, message: bytes) -> bytes:
        if switched and not self._model_api:
            raise CallError(grpc.StatusCode.PERMISSION_DENIED, NOT_SWITCHED_ON)
        values = _values(fields, message)
        parameters = Parameters(values)
        try:
            name, version = parameters.text("model_name") or "", parameters.text("model_version")
            response = action(name, version, parameters)
        except ServiceFailure as failure:
            raise error_of(failure) from None
        return protobuf.field(1, _text(response))


def _named(action: Action) -> Action:
    def checked(name: str, version: str | None, parameters: Parameters) -> Response:
        if not name:
            raise CallError(grpc.StatusCode.INVALID_ARGUMENT, "Parameter model_name is required.")
        return action(name, version, parameters)

    return checked


def _values(fields: Mapping[int, str], message: bytes) -> dict[str, object]:
    values: dict[str, object] = {}
    for number, _, value in protobuf.fields(message):
        name = fields.get(number)
        if name is None:
            continue
        if isinstance(value, memoryview):
            values[name] = protobuf.text_of(value)
        elif name in _SWITCHES:
            values[name] = value != 0
        elif value or name in _MAY_BE_ZERO:
            values[name] = protobuf.signed(value)
    return values


def _text(response: Response) -> str:
    """Return the text of a status by itself, else the JSON."""
    text = response.body.decode()
    document = json.loads(text)
    if isinstance(document, dict) and set(document) == {"status"}:
        return str(document["status"])
    return text
