"""KServe's gRPC protocol against services: tritonclient, and messages of the .proto file."""

import json
import queue
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tritonclient.grpc as triton
from tritonclient.utils import InferenceServerException

from harness.grpc_client import KSERVE, GrpcClient
from harness.protos import Protos
from harness.service_server import ServiceServer, write_service
from ovserve.config.frontend import FrontendChoice

SHOWN = """
    import json
    import numpy as np

    def shown(value):
        if isinstance(value, np.ndarray):
            return [str(value.dtype), list(value.shape), value.reshape(-1).tolist()]
        if isinstance(value, list):
            return [bytes(each).decode() for each in value]
        return [type(value).__name__, bytes(value).decode()]

    def handle(data, context):
        if data is None:
            return None
        return [{name: shown(value) for name, value in row.items()} for row in data]
"""
ARRAYS = """
    import numpy as np

    def handle(data, context):
        if data is None:
            return None
        answers = []
        for row in data:
            if "code" in row:
                context.set_response_status(int(row["code"]), "", len(answers))
                answers.append("refused by the handler")
            else:
                words = np.array([b"one", b"three"], dtype=object)
                answers.append({"double": row["x"] * 2, "words": words})
        return answers
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, front: FrontendChoice) -> Iterator[ServiceServer]:
    folder = tmp_path_factory.mktemp("kserve")
    write_service(folder / "store", "shown", SHOWN)
    write_service(folder / "store", "arrays", ARRAYS)
    with ServiceServer(folder / "store", folder, "--models", "ALL", front=front, grpc=True) as server:
        yield server.wait_until_ready()  # type: ignore[misc]


@pytest.fixture(scope="module")
def client(server: ServiceServer) -> Iterator[triton.InferenceServerClient]:
    with triton.InferenceServerClient(server.address) as client:
        yield client


@pytest.fixture(scope="module")
def wire(server: ServiceServer, protos: Protos) -> Iterator[GrpcClient]:
    with GrpcClient(server.address, protos) as client:
        yield client


def tensor(name: str, array: Any, datatype: str) -> triton.InferInput:
    made = triton.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array)
    return made


def test_bytes_in_and_bytes_out(client: triton.InferenceServerClient) -> None:
    one = tensor("data", np.array([b"abc"], dtype=object), "BYTES")
    two = tensor("list", np.array([b"x", b"yz"], dtype=object), "BYTES")
    numbers = tensor("numbers", np.arange(6, dtype=np.float32).reshape(2, 3), "FP32")
    answer = client.infer("shown", [one, two, numbers], request_id="r1")
    output = answer.as_numpy("output")
    assert output.shape == (1,)
    assert json.loads(output[0]) == {
        "data": ["bytearray", "abc"],
        "list": ["x", "yz"],
        "numbers": ["float32", [2, 3], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]],
    }
    response = answer.get_response()
    assert (response.model_name, response.model_version, response.id) == ("shown", "1.0", "r1")


def test_arrays_become_tensors(client: triton.InferenceServerClient) -> None:
    x = np.arange(4, dtype=np.int64).reshape(2, 2)
    answer = client.infer("arrays", [tensor("x", x, "INT64")], model_version="1.0")
    assert answer.as_numpy("double").tolist() == (x * 2).tolist()
    assert answer.as_numpy("words").tolist() == [b"one", b"three"]
    asked = [triton.InferRequestedOutput("words")]
    only = client.infer("arrays", [tensor("x", x, "INT64")], outputs=asked)
    assert [each.name for each in only.get_response().outputs] == ["words"]
    with pytest.raises(InferenceServerException) as error:
        client.infer("arrays", [tensor("x", x, "INT64")], outputs=[triton.InferRequestedOutput("none")])
    assert "no output 'none'; it has 'double', 'words'" in error.value.message()


def test_state_and_metadata(client: triton.InferenceServerClient) -> None:
    assert client.is_server_ready()
    assert client.is_model_ready("shown")
    assert client.is_model_ready("shown", "1.0")
    metadata = client.get_model_metadata("shown")
    assert (metadata.name, list(metadata.versions), metadata.platform) == ("shown", ["1.0"], "ovserve_python")
    for name, version in (("shown", "2"), ("nobody", "")):
        with pytest.raises(InferenceServerException) as error:
            client.get_model_metadata(name, version)
        assert error.value.status() == "StatusCode.NOT_FOUND"


def test_statuses_of_handlers(client: triton.InferenceServerClient) -> None:
    for status, code in ((400, "INVALID_ARGUMENT"), (429, "RESOURCE_EXHAUSTED"), (500, "INTERNAL")):
        asked = tensor("code", np.array([str(status).encode()], dtype=object), "BYTES")
        with pytest.raises(InferenceServerException) as error:
            client.infer("arrays", [asked])
        assert (error.value.status(), error.value.message()) == (
            f"StatusCode.{code}", "refused by the handler"
        )  # fmt: skip
    with pytest.raises(InferenceServerException) as error:
        client.infer("arrays", [tensor("y", np.zeros(1, np.float32), "FP32")])
    assert (error.value.status(), error.value.message()) == ("StatusCode.UNAVAILABLE", "Prediction failed")


def test_a_stream_outlives_a_wrong_message(client: triton.InferenceServerClient) -> None:
    answers: queue.SimpleQueue[tuple[Any, Any]] = queue.SimpleQueue()
    client.start_stream(callback=lambda result, error: answers.put((result, error)))
    try:
        client.async_stream_infer("arrays", [tensor("y", np.zeros(1, np.float32), "FP32")])
        result, error = answers.get(timeout=60)
        assert result is None
        assert "Prediction failed" in error.message()
        client.async_stream_infer("arrays", [tensor("x", np.ones(2, np.float32), "FP32")])
        result, error = answers.get(timeout=60)
        assert error is None
        assert result.as_numpy("double").tolist() == [2.0, 2.0]
    finally:
        client.stop_stream()


def infer_request(wire: GrpcClient, datatype: str, shape: list[int], **contents: Any) -> Any:
    request = wire.protos["inference.ModelInferRequest"](model_name="shown")
    request.inputs.add(name="x", datatype=datatype, shape=shape, contents=contents)
    return request


@pytest.mark.parametrize(
    ("datatype", "contents", "shown"),
    [
        ("BOOL", {"bool_contents": [True, False]}, ["bool", [2], [True, False]]),
        ("INT8", {"int_contents": [-1, 5]}, ["int8", [2], [-1, 5]]),
        ("INT32", {"int_contents": [-(2**31), 300]}, ["int32", [2], [-(2**31), 300]]),
        ("INT64", {"int64_contents": [-1, 2**62]}, ["int64", [2], [-1, 2**62]]),
        ("UINT16", {"uint_contents": [1, 65535]}, ["uint16", [2], [1, 65535]]),
        ("UINT64", {"uint64_contents": [0, 2**64 - 1]}, ["uint64", [2], [0, 2**64 - 1]]),
        ("FP32", {"fp32_contents": [0.5, -1.0]}, ["float32", [2], [0.5, -1.0]]),
        ("FP64", {"fp64_contents": [0.25, 3.0]}, ["float64", [2], [0.25, 3.0]]),
        ("BYTES", {"bytes_contents": [b"a", b""]}, ["a", ""]),
    ],
)
def test_contents(wire: GrpcClient, datatype: str, contents: dict[str, Any], shown: list[Any]) -> None:
    request = infer_request(wire, datatype, [2], **contents)
    reply = wire.call(KSERVE, "ModelInfer", request, "inference.ModelInferResponse")
    assert json.loads(reply.raw_output_contents[0][4:]) == {"x": shown}


@pytest.mark.parametrize(
    ("datatype", "shape", "raw", "text"),
    [
        ("FP32", [2], b"1234", "Input 'x' has 4 bytes; FP32 of shape [2] has 8"),
        ("BF16", [1], b"12", "Input 'x' has the datatype 'BF16'; services take BYTES, BOOL"),
        ("FP32", [-1], b"1234", "Input 'x' has the shape [-1]"),
        ("FP32", [0, 2**40, 2**40], b"", "which is too large"),
        ("FP32", [1] * 40, b"1234", "which no tensor can have"),
        ("BYTES", [1], b"\x05\0\0\0ab", "Input 'x' ends within an element"),
        ("BYTES", [1], b"\x01\0", "Input 'x' ends within an element"),
        ("BYTES", [2], b"\x01\0\0\0a", "Input 'x' has 1 elements, its shape [2] has 2"),
        ("FP32", [1], None, "has 0 bytes"),
        ("FP16", [1], None, "FP16 needs raw_input_contents"),
    ],
)
def test_inputs_that_make_no_tensor(
    wire: GrpcClient, datatype: str, shape: list[int], raw: bytes | None, text: str
) -> None:
    request = wire.protos["inference.ModelInferRequest"](model_name="shown")
    request.inputs.add(name="x", datatype=datatype, shape=shape)
    if raw is not None:
        request.raw_input_contents.append(raw)
    code, details = wire.refusal(KSERVE, "ModelInfer", request, "inference.ModelInferResponse")
    assert code == "INVALID_ARGUMENT"
    assert text in details


def test_contents_beside_raw_contents(wire: GrpcClient) -> None:
    request = infer_request(wire, "FP32", [1], fp32_contents=[1.0])
    request.raw_input_contents.append(b"1234")
    code, details = wire.refusal(KSERVE, "ModelInfer", request, "inference.ModelInferResponse")
    assert (code, "beside raw_input_contents" in details) == ("INVALID_ARGUMENT", True)
    request.inputs[0].ClearField("contents")
    request.raw_input_contents.append(b"1234")
    code, details = wire.refusal(KSERVE, "ModelInfer", request, "inference.ModelInferResponse")
    assert (code, "1 inputs and 2 raw_input_contents" in details) == ("INVALID_ARGUMENT", True)
    wrong = infer_request(wire, "FP32", [1], int_contents=[1])
    code, details = wire.refusal(KSERVE, "ModelInfer", wrong, "inference.ModelInferResponse")
    assert (code, "not in the field of FP32" in details) == ("INVALID_ARGUMENT", True)
