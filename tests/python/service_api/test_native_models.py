"""/predictions for models of the core."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from harness.fake_core import FakeCore
from ovserve.errors import NotFoundError
from ovserve.rest_api.routes import Request, Response
from ovserve.service_api.native_models import NativePredictions


@dataclass
class Tensor:
    name: str
    precision: str
    shape: list[int]


@pytest.fixture
def core() -> Any:
    return FakeCore()


def predict(core: Any, body: bytes, content_type: str = "", version: str = "") -> Response:
    core.answers.setdefault("kserve_rest_infer", (b"{}", None))
    asked = Request("POST", "/predictions/m", headers=[(b"content-type", content_type.encode())])
    return NativePredictions(core).predict("m", version, asked, body)


@pytest.mark.parametrize(
    ("tensor", "size", "shape", "datatype"),
    [
        (Tensor("a", "FP32", [1, 10]), 40, [1, 10], "FP32"),
        (Tensor("a", "U8", [-1, 3]), 12, [4, 3], "UINT8"),
        (Tensor("a", "I64", []), 8, [], "INT64"),
        (Tensor("a", "BF16", [2, -1]), 0, [2, 0], "BF16"),
    ],
)
def test_a_raw_tensor(core: Any, tensor: Tensor, size: int, shape: list[int], datatype: str) -> None:
    core.answers["signature"] = ([tensor], [])
    assert predict(core, b"\0" * size).status == 200
    _, name, version, body, head_size = core.calls[-1]
    (sent,) = json.loads(body[:head_size])["inputs"]
    assert (name, version, sent["name"], sent["shape"], sent["datatype"]) == ("m", None, "a", shape, datatype)
    assert sent["parameters"] == {"binary_data_size": size}
    assert len(body) == head_size + size


@pytest.mark.parametrize(
    ("tensors", "size"),
    [
        ([Tensor("a", "FP32", [1, 10])], 39),
        ([Tensor("a", "FP32", [-1, 10])], 39),
        ([Tensor("a", "FP32", [-1, -1])], 40),
        ([Tensor("a", "FP32", [-1, 0])], 40),
        ([Tensor("a", "STRING", [1])], 4),
        ([Tensor("a", "FP32", [1]), Tensor("b", "FP32", [1])], 4),
        ([], 4),
    ],
)
def test_bytes_that_are_no_such_tensor(core: Any, tensors: list[Tensor], size: int) -> None:
    core.answers["signature"] = (tensors, [])
    answer = predict(core, b"\0" * size)
    assert answer.status == 400
    assert json.loads(answer.body)["type"] == "BadRequestException"


@pytest.mark.parametrize(
    ("body", "call"),
    [
        (b"[[1, 2]]", ("rest_predict", "m", None, b'{"instances":[[1, 2]]}')),
        (b'{"instances": [1]}', ("rest_predict", "m", None, b'{"instances": [1]}')),
        (b'{"inputs": [1]}', ("rest_predict", "m", None, b'{"inputs": [1]}')),
        (
            b'{"inputs": [{"name": "a", "datatype": "FP32"}]}',
            ("kserve_rest_infer", "m", None, b'{"inputs": [{"name": "a", "datatype": "FP32"}]}', None),
        ),
        (b"1", ("rest_predict", "m", None, b"1")),
    ],
)
def test_json_in_each_of_its_forms(core: Any, body: bytes, call: tuple[Any, ...]) -> None:
    assert predict(core, body, "application/json; charset=utf-8").status == 200
    assert core.calls == [call]


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b"\xff", b""])
def test_no_json(core: Any, body: bytes) -> None:
    assert predict(core, body, "application/json").status == 400
    assert not core.calls


@pytest.mark.parametrize("version", ["x", "-1", "9" * 19])
def test_versions_that_no_model_has(core: Any, version: str) -> None:
    answer = predict(core, b"[]", "application/json", version)
    assert answer.status == 404
    assert json.loads(answer.body)["type"] == "ModelNotFoundException"


def test_which_models_there_are(core: Any) -> None:
    assert NativePredictions(core).serves("m")
    core.answers["status"] = NotFoundError("no")
    assert not NativePredictions(core).serves("m")
