"""KServe's v2 REST API: what a client may send, and every way in which a body can be wrong."""

import json
from typing import Any

import numpy as np
import pytest
import requests

import ovserve

NAME = "Model with requested name is not found"
VERSION = "Model with requested version is not found"
LENGTH = "Inference-Header-Content-Length"
ONES = {"name": "b", "shape": [1, 10], "datatype": "FP32", "data": [1.0] * 10}


class Kserve:
    """Requests to one server."""

    def __init__(self, server: ovserve.Server) -> None:
        self._url = f"http://127.0.0.1:{server.rest_port}/v2/models/"
        self._session = requests.Session()

    def get(self, path: str) -> requests.Response:
        return self._session.get(self._url + path, timeout=60)

    def infer(
        self, body: Any, binary: bytes | None = None, path: str = "m", **headers: str
    ) -> requests.Response:
        """Send a JSON object (or bytes as they are) and the tensors behind it."""
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        if binary is not None:
            headers.setdefault(LENGTH, str(len(text)))
        return self._session.post(
            f"{self._url}{path}/infer", data=text + (binary or b""), headers=headers, timeout=60
        )


@pytest.fixture(scope="module")
def kserve(plain_server: ovserve.Server) -> Kserve:
    return Kserve(plain_server)


@pytest.fixture(scope="module")
def typed(typed_server: ovserve.Server) -> Kserve:
    return Kserve(typed_server)


def tensors_of(response: requests.Response) -> tuple[Any, bytes]:
    """Return the JSON object of an answer, and the bytes behind it."""
    assert response.status_code == 200, response.text
    length = response.headers.get(LENGTH)
    if length is None:
        assert response.headers["content-type"] == "application/json"
        return response.json(), b""
    assert response.headers["content-type"] == "application/octet-stream"
    return json.loads(response.content[: int(length)]), response.content[int(length) :]


def test_infer(kserve: Kserve) -> None:
    reply, _ = tensors_of(kserve.infer({"id": "seven", "inputs": [ONES], "model_name": "ignored"}))
    output = {"name": "a", "shape": [1, 10], "datatype": "FP32", "data": [3.0] * 10}
    assert reply == {"model_name": "m", "model_version": "2", "id": "seven", "outputs": [output]}
    reply, _ = tensors_of(kserve.infer({"inputs": [ONES]}, path="m/versions/1"))
    assert reply["model_version"] == "1"
    assert "id" not in reply


def test_infer_with_a_measured_binary_tensor(kserve: Kserve) -> None:
    tensor = {key: value for key, value in ONES.items() if key != "data"}
    values = np.arange(10, dtype=np.float32)
    body = {"inputs": [tensor], "outputs": [{"name": "a"}], "parameters": {"binary_data_output": True}}
    reply, tail = tensors_of(kserve.infer(body, values.tobytes()))
    assert reply["outputs"][0]["parameters"] == {"binary_data_size": 40}
    assert tail == (values + 2).tobytes()


@pytest.mark.parametrize("path", ["m", "m/", "m/versions/1", "m/versions/0/"])
def test_model_metadata(kserve: Kserve, path: str) -> None:
    assert kserve.get(path).json() == {
        "name": "m",
        "versions": ["1", "2"],
        "platform": "OpenVINO",
        "inputs": [{"name": "b", "datatype": "FP32", "shape": [1, 10]}],
        "outputs": [{"name": "a", "datatype": "FP32", "shape": [1, 10]}],
    }


@pytest.mark.parametrize(("path", "text"), [("other", NAME), ("m/versions/9", VERSION)])
def test_nothing_of_that_name(kserve: Kserve, path: str, text: str) -> None:
    for answer in (kserve.get(path), kserve.infer({"inputs": [ONES]}, path=path)):
        assert (answer.status_code, answer.json()) == (404, {"error": text})


def test_other_paths_and_methods(kserve: Kserve) -> None:
    assert kserve.get("m/infer").status_code == 406
    assert kserve.infer({}, path="m/versions/x").status_code == 400
    assert kserve.infer({}, path=f"m/versions/{'9' * 30}").status_code == 400


def changed(**members: Any) -> dict[str, Any]:
    tensor = {key: value for key, value in {**ONES, **members}.items() if value is not None}
    return {"inputs": [tensor]}


B = "; input name: b"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (changed(name="c"), "Missing input with specific name - Required input: b"),
        (changed(shape=[1, 11]), "Invalid input shape - Expected: (1,10); Actual: (1,11)" + B),
        (changed(shape=[2, 10]), "Invalid input batch size - Expected: 1; Actual: 2" + B),
        (changed(shape=[10]), "Invalid number of shape dimensions - Expected: (1,10); Actual: (10)" + B),
        (changed(datatype="INT32"), "Invalid input precision - Expected: FP32; Actual: INT32" + B),
        (changed(datatype="FOO"), "Invalid input precision - Expected: FP32; Actual: FOO" + B),
        (
            changed(data=[1.0]),
            "Invalid number of values in tensor proto container - Expected: 10 values; Actual: 1 values" + B,
        ),
        (changed(data=None), 'An input has no "data"' + B),
        ({"inputs": []}, "Invalid number of inputs - Expected: 1; Actual: 0"),
        ({}, 'Invalid JSON structure. "inputs" is missing'),
        (
            {"inputs": [ONES], "outputs": [{"name": "z"}]},
            "Unknown requested output - z; the model has: a",
        ),
    ],
)
def test_refused_in_json(kserve: Kserve, body: Any, text: str) -> None:
    answer = kserve.infer(body)
    assert (answer.status_code, answer.json()) == (400, {"error": text})


@pytest.mark.parametrize(
    "body", [b"", b"{", b"{not json", b"[1", b'{"inputs": [}', b'{"inputs": []}x', b"\xff", b"NaNs"]
)
def test_what_is_not_json(kserve: Kserve, body: bytes) -> None:
    answer = kserve.infer(body)
    assert (answer.status_code, answer.json()) == (412, {"error": "The file is not valid json"})


@pytest.mark.parametrize(
    ("parameters", "binary", "length"),
    [
        ({}, b"", None),
        ({}, bytes(39), None),
        ({}, bytes(41), None),
        ({"binary_data_size": 40}, bytes(39), None),
        ({"binary_data_size": 39}, bytes(39), None),
        ({"binary_data_size": -40}, bytes(40), None),
        ({"binary_data_size": 40.5}, bytes(40), None),
        ({"binary_data_size": "40"}, bytes(40), None),
        ({"binary_data_size": 2**64}, bytes(40), None),
        ({"binary_data_size": 2**63}, bytes(40), None),
        ({}, bytes(40), "0"),
        ({}, bytes(40), "-1"),
        ({}, bytes(40), "1e3"),
        ({}, bytes(40), "100000"),
    ],
)
def test_refused_binary_sections(
    kserve: Kserve, parameters: dict[str, Any], binary: bytes, length: str | None
) -> None:
    headers = {} if length is None else {LENGTH: length}
    answer = kserve.infer(changed(data=None, parameters=parameters), binary, **headers)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_data_and_binary_size_together_are_refused(kserve: Kserve) -> None:
    answer = kserve.infer(changed(parameters={"binary_data_size": 40}), bytes(40))
    assert answer.status_code == 400
    assert "both" in answer.json()["error"]


BINARY_TEXTS = [b"one", b"", b"\xff\x00\xfe"]


@pytest.mark.parametrize("sized", [True, False])
def test_strings_that_are_no_text(typed: Kserve, sized: bool) -> None:
    raw = b"".join(len(text).to_bytes(4, "little") + text for text in BINARY_TEXTS)
    tensor: dict[str, Any] = {"name": "x", "shape": [3], "datatype": "BYTES"}
    if sized:
        tensor["parameters"] = {"binary_data_size": len(raw)}
    reply, tail = tensors_of(typed.infer({"inputs": [tensor]}, raw, "string"))
    assert tail == b""
    assert reply["outputs"][0]["data"] == ["one", "", {"b64": "/wD+"}]
    outputs = [{"name": "y", "parameters": {"binary_data": True}}]
    assert tensors_of(typed.infer({"inputs": [tensor], "outputs": outputs}, raw, "string"))[1] == raw
    data = {"name": "x", "shape": [3], "datatype": "BYTES", "data": reply["outputs"][0]["data"]}
    assert tensors_of(typed.infer({"inputs": [data], "outputs": outputs}, path="string"))[1] == raw
