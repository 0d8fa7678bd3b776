"""The gRPC service of the KServe v2 (open inference) protocol.

Source: kserve docs/predict-api/v2/grpc_predict_v2.proto.
"""

from collections.abc import Callable

import grpc

from ovserve._core import Core
from ovserve.grpc_api.beside import CallsBeside
from ovserve.grpc_api.methods import Methods
from ovserve.grpc_api.stream_infer import StreamInfer


def kserve_services(
    core: Core, methods: Methods, stream_infer: StreamInfer, beside: CallsBeside | None = None
) -> list[grpc.GenericRpcHandler]:
    """Return inference.GRPCInferenceService; about models ``beside`` is asked first."""

    def about_a_model(method: str, call: Callable[[bytes], bytes]) -> grpc.RpcMethodHandler:
        if beside is None:
            return methods.unary(call)

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            reply = beside.kserve(method, request, context)
            return call(request) if reply is None else reply

        return methods.unary_in_context(answer)

    return [
        grpc.method_handlers_generic_handler(
            "inference.GRPCInferenceService",
            {
                "ServerLive": methods.unary(core.kserve_server_live),
                "ServerReady": methods.unary(core.kserve_server_ready),
                "ModelReady": about_a_model("ModelReady", core.kserve_model_ready),
                "ServerMetadata": methods.unary(core.kserve_server_metadata),
                "ModelMetadata": about_a_model("ModelMetadata", core.kserve_model_metadata),
                "ModelInfer": about_a_model("ModelInfer", core.kserve_model_infer),
                "ModelStreamInfer": stream_infer.handler(),
            },
        )
    ]
