"""The gRPC service of the KServe v2 (open inference) protocol.

Source: kserve docs/predict-api/v2/grpc_predict_v2.proto.
"""

import grpc

from ovserve._core import Core
from ovserve.grpc_api.methods import Methods
from ovserve.grpc_api.stream_infer import StreamInfer


def kserve_services(core: Core, methods: Methods, stream_infer: StreamInfer) -> list[grpc.GenericRpcHandler]:
    """Return inference.GRPCInferenceService."""
    return [
        grpc.method_handlers_generic_handler(
            "inference.GRPCInferenceService",
            {
                "ServerLive": methods.unary(core.kserve_server_live),
                "ServerReady": methods.unary(core.kserve_server_ready),
                "ModelReady": methods.unary(core.kserve_model_ready),
                "ServerMetadata": methods.unary(core.kserve_server_metadata),
                "ModelMetadata": methods.unary(core.kserve_model_metadata),
                "ModelInfer": methods.unary(core.kserve_model_infer),
                "ModelStreamInfer": stream_infer.handler(),
            },
        )
    ]
