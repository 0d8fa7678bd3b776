"""TensorFlow Serving's gRPC services.

Source: tensorflow/serving apis/prediction_service.proto and model_service.proto.
"""

import grpc

from ovserve._core import Core
from ovserve.grpc_api.methods import Methods

_EMPTY_MESSAGE = b""


def tfs_services(core: Core, methods: Methods) -> list[grpc.GenericRpcHandler]:
    """Return tensorflow.serving's PredictionService and ModelService."""
    return [
        grpc.method_handlers_generic_handler(
            "tensorflow.serving.PredictionService",
            {
                "Predict": methods.unary(core.tfs_predict),
                "GetModelMetadata": methods.unary(core.tfs_get_model_metadata),
                "Classify": methods.unimplemented(),
                "Regress": methods.unimplemented(),
                "MultiInference": methods.unimplemented(),
            },
        ),
        grpc.method_handlers_generic_handler(
            "tensorflow.serving.ModelService",
            {
                "GetModelStatus": methods.unary(core.tfs_get_model_status),
                # Accepted without effect, as OVMS does: the configuration file is the only source.
                "HandleReloadConfigRequest": methods.unary(lambda request: _EMPTY_MESSAGE),
            },
        ),
    ]
