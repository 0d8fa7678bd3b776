"""KServe's ModelInfer as one would write it by hand: ``plain_python.py PORT MODELS``.

Generated stubs and OpenVINO's Python API, one infer request per thread. It shows what ovserve's core saves,
and serves as an example of a described peer.
"""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import numpy as np
import openvino as ov
from tritonclient.grpc import service_pb2, service_pb2_grpc

_LARGEST = [("grpc.max_receive_message_length", 1 << 30), ("grpc.max_send_message_length", 1 << 30)]


class PlainService(service_pb2_grpc.GRPCInferenceServiceServicer):  # type: ignore[misc]
    """f32 tensors in raw contents only."""

    def __init__(self, models: Path) -> None:
        core = ov.Core()
        self._models = {
            xml.parents[1].name: core.compile_model(xml, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"})
            for xml in models.glob("*/1/model.xml")
        }
        self._threads = threading.local()

    def ModelInfer(self, request: service_pb2.ModelInferRequest, context: grpc.ServicerContext) -> object:
        """Run one inference."""
        infer_request = self._infer_request(request.model_name)
        inputs = {
            described.name: np.frombuffer(raw, np.float32).reshape(described.shape)
            for described, raw in zip(request.inputs, request.raw_input_contents, strict=True)
        }
        outputs = infer_request.infer(inputs)
        reply = service_pb2.ModelInferResponse(model_name=request.model_name, model_version="1")
        for port, array in outputs.items():
            reply.outputs.add(name=port.any_name, datatype="FP32", shape=array.shape)
            reply.raw_output_contents.append(array.tobytes())
        return reply

    def _infer_request(self, model: str) -> ov.InferRequest:
        requests: dict[str, ov.InferRequest] = self._threads.__dict__
        if model not in requests:
            requests[model] = self._models[model].create_infer_request()
        return requests[model]


def main() -> None:
    port, models = sys.argv[1:]
    server = grpc.server(ThreadPoolExecutor(8), options=_LARGEST)
    service_pb2_grpc.add_GRPCInferenceServiceServicer_to_server(PlainService(Path(models)), server)
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
