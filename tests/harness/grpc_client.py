"""A gRPC client without generated stubs: full method names and message classes."""

from types import TracebackType
from typing import Any

import grpc
import numpy as np

from harness.protos import Protos

_TIMEOUT_S = 60.0

PREDICTION = "tensorflow.serving.PredictionService"
MODEL = "tensorflow.serving.ModelService"
KSERVE = "inference.GRPCInferenceService"
HEALTH = "grpc.health.v1.Health"


class GrpcClient:
    """One channel. Use as a context manager."""

    def __init__(self, target: str, protos: Protos) -> None:
        largest = [("grpc.max_receive_message_length", 1 << 30), ("grpc.max_send_message_length", 1 << 30)]
        self._channel = grpc.insecure_channel(target, options=largest)
        self.protos = protos

    def __enter__(self) -> "GrpcClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._channel.close()

    def call(self, service: str, method: str, request: Any, reply: str) -> Any:
        """Call a method; ``reply`` is the full name of its reply's message."""
        return self.start(service, method, request, reply).result()

    def start(
        self, service: str, method: str, request: Any, reply: str, timeout_s: float = _TIMEOUT_S
    ) -> Any:
        """Begin a call and return its future."""
        function = self._channel.unary_unary(
            f"/{service}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=self.protos[reply].FromString,
        )
        return function.future(request, timeout=timeout_s)

    def stream(self, service: str, method: str, request: Any, reply: str) -> Any:
        """Call a method that answers with a stream."""
        function = self._channel.unary_stream(
            f"/{service}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=self.protos[reply].FromString,
        )
        return function(request, timeout=_TIMEOUT_S)

    def refusal(self, service: str, method: str, request: Any, reply: str) -> tuple[str, str]:
        """Call a method that is expected to fail; returns the code's name and the text."""
        error = self.start(service, method, request, reply).exception()
        assert isinstance(error, grpc.RpcError), "the call succeeded"
        return error.code().name, error.details()

    # TensorFlow Serving

    def predict_request(self, model: str, inputs: dict[str, Any], version: int | None = None) -> Any:
        """Return a PredictRequest; inputs are TensorProto messages or arrays for tensor_content."""
        request = self.protos["tensorflow.serving.PredictRequest"]()
        request.model_spec.name = model
        if version is not None:
            request.model_spec.version.value = version
        for name, value in inputs.items():
            tensor = self.tensor_content(value) if isinstance(value, np.ndarray) else value
            request.inputs[name].CopyFrom(tensor)
        return request

    def tensor_content(self, array: "np.ndarray[Any, Any]", dtype: int | None = None) -> Any:
        """Return a TensorProto with the array's bytes."""
        tensor = self.protos["tensorflow.TensorProto"](
            dtype=TF_TYPES[array.dtype.name] if dtype is None else dtype, tensor_content=array.tobytes()
        )
        for size in array.shape:
            tensor.tensor_shape.dim.add(size=size)
        return tensor

    def predict(self, model: str, inputs: dict[str, Any], version: int | None = None) -> dict[str, Any]:
        """Run one inference; returns arrays."""
        request = self.predict_request(model, inputs, version)
        reply = self.call(PREDICTION, "Predict", request, "tensorflow.serving.PredictResponse")
        return {name: self.array_of(tensor) for name, tensor in reply.outputs.items()}

    def predict_refusal(self, request: Any) -> tuple[str, str]:
        return self.refusal(PREDICTION, "Predict", request, "tensorflow.serving.PredictResponse")

    def array_of(self, tensor: Any) -> Any:
        shape = [dim.size for dim in tensor.tensor_shape.dim]
        return np.frombuffer(tensor.tensor_content, NUMPY_TYPES[tensor.dtype]).reshape(shape)

    def status(self, model: str, version: int | None = None) -> list[tuple[int, int, int, str]]:
        """Return (version, state, error_code, error_message) of each version."""
        request = self.protos["tensorflow.serving.GetModelStatusRequest"]()
        request.model_spec.name = model
        if version is not None:
            request.model_spec.version.value = version
        reply = self.call(MODEL, "GetModelStatus", request, "tensorflow.serving.GetModelStatusResponse")
        return [
            (entry.version, entry.state, entry.status.error_code, entry.status.error_message)
            for entry in reply.model_version_status
        ]


TF_TYPES = {
    "float32": 1,
    "float64": 2,
    "int32": 3,
    "uint8": 4,
    "int16": 5,
    "int8": 6,
    "int64": 9,
    "bool": 10,
    "bfloat16": 14,
    "uint16": 17,
    "float16": 19,
    "uint32": 22,
    "uint64": 23,
}
"""numpy's name to tensorflow.DataType."""

NUMPY_TYPES = {number: np.dtype(name) for name, number in TF_TYPES.items() if name != "bfloat16"}
