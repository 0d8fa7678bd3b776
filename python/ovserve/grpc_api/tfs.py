"""TensorFlow Serving's gRPC services.

Source: tensorflow/serving apis/prediction_service.proto and model_service.proto.
"""

import grpc

from ovserve._core import Core
from ovserve.grpc_api.methods import unary, unimplemented

_EMPTY_MESSAGE = b""


def tfs_services(core: Core) -> list[grpc.GenericRpcHandler]:
    """Return tensorflow.serving's PredictionService and ModelService."""
    return [
        grpc.method_handlers_generic_handler(
            "tensorflow.serving.PredictionService",
            {
                "Predict": unary(core.tfs_predict),
                "GetModelMetadata": unary(core.tfs_get_model_metadata),
                "Classify": unimplemented(),
                "Regress": unimplemented(),
                "MultiInference": unimplemented(),
            },
        ),
        grpc.method_handlers_generic_handler(
            "tensorflow.serving.ModelService",
            {
                "GetModelStatus": unary(core.tfs_get_model_status),
                # Accepted without effect, as OVMS does: the configuration file is the only source.
                "HandleReloadConfigRequest": unary(lambda request: _EMPTY_MESSAGE),
            },
        ),
    ]
