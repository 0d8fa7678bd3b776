"""Bodies of other protocols, for whole batches."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from ovserve_worker.envelopes import ENVELOPES
from ovserve_worker.exceptions import PredictionException


def answers(envelope: str, rows: list[dict[str, Any]], function: Any, explain: str = "False") -> list[Any]:
    context = SimpleNamespace(
        manifest={"model": {"modelName": "net", "modelVersion": "2"}},
        get_request_header=lambda index, name: explain,
        get_request_id=lambda index: f"id-{index}",
    )
    return ENVELOPES[envelope](lambda data, context: function(data)).handle(rows, context)


def doubled(items: list[Any]) -> list[Any]:
    return [item * 2 for item in items]


def test_body_gives_the_bodies() -> None:
    assert answers("body", [{"data": 1}, {"body": 0}, {"body": b"x"}], doubled) == [2, 0, b"xx"]


@pytest.mark.parametrize("form", [lambda v: v, lambda v: json.dumps(v).encode(), json.dumps])
def test_json_joins_and_splits_a_batch(form: Any) -> None:
    rows = [
        {"body": form({"instances": [1, 2]})},
        {"data": form({"instances": []})},
        {"body": form({"instances": [3]})},
    ]
    assert [json.loads(each) for each in answers("json", rows, doubled)] == [
        {"predictions": [2, 4]},
        {"predictions": []},
        {"predictions": [6]},
    ]


def test_json_decodes_base64_items_and_columns() -> None:
    rows = [{"body": {"instances": [{"b64": "aGk="}, {"image": {"b64": "eW8="}, "n": 1}]}}]
    seen: list[Any] = []
    answers("json", rows, lambda items: seen.extend(items) or [1, 2])
    assert seen == [b"hi", {"image": b"yo", "n": 1}]


@pytest.mark.parametrize(("explain", "key"), [("False", "predictions"), ("True", "explanations")])
def test_kserve_answers_every_request_of_a_batch(explain: str, key: str) -> None:
    rows = [{"body": {"instances": [1]}}, {"body": b'{"instances": [2, 3]}'}]
    assert answers("kserve", rows, doubled, explain) == [{key: [2]}, {key: [4, 6]}]


def test_kservev2_keeps_shapes_and_answers_every_request_of_a_batch() -> None:
    def tensor(name: str, data: list[Any], shape: list[int], datatype: str = "FP32") -> dict[str, Any]:
        return {"name": name, "shape": shape, "datatype": datatype, "data": data}

    rows = [
        {
            "body": {
                "id": "mine",
                "inputs": [tensor("a", [1, 2, 3, 4, 5, 6], [2, 3]), tensor("b", ["x"], [1], "BYTES")],
            }
        },
        {"body": {"inputs": [tensor("c", [[1], [2]], [2, 1], "INT64")]}},
    ]

    def handler(inputs: list[Any]) -> list[Any]:
        assert [each["data"] for each in inputs] == [[[1, 2, 3], [4, 5, 6]], "x", [[1], [2]]]
        return [[[0.5, 1.5, 2.5], [3.5, 4.5, 5.5]], "text", [[True]]]

    assert answers("kservev2", rows, handler) == [
        {
            "id": "mine",
            "model_name": "net",
            "model_version": "2",
            "outputs": [
                {"name": "a", "datatype": "FP64", "shape": [2, 3], "data": [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]},
                {"name": "b", "datatype": "BYTES", "shape": [1], "data": ["text"]},
            ],
        },
        {
            "id": "id-1",
            "model_name": "net",
            "model_version": "2",
            "outputs": [{"name": "c", "datatype": "BOOL", "shape": [1, 1], "data": [True]}],
        },
    ]


@pytest.mark.parametrize(
    ("envelope", "body", "message"),
    [
        ("json", b"{broken", "the body is no JSON"),
        ("json", [1], "must be a JSON object"),
        ("kserve", {"inputs": []}, 'must have a list "instances"'),
        ("json", {"instances": [{"b64": "***"}]}, '"b64" is no base64'),
        ("kservev2", {"inputs": [{"name": "a"}]}, "not as KServe v2 has it"),
        (
            "kservev2",
            {"inputs": [{"name": "a", "datatype": "FP32", "shape": [3], "data": [1]}]},
            "has 1 elements",
        ),
    ],
)
def test_a_body_that_is_something_else_is_the_clients_mistake(
    envelope: str, body: object, message: str
) -> None:
    with pytest.raises(PredictionException, match=message.replace("[", r"\[")) as error:
        answers(envelope, [{"body": body}], doubled)
    assert error.value.error_code == 400


def test_a_handler_that_loses_items_is_told() -> None:
    with pytest.raises(ValueError, match="returned 1 items for 2"):
        answers("json", [{"body": {"instances": [1, 2]}}], lambda items: items[:1])


def test_at_load_the_handler_is_called_as_it_is() -> None:
    seen = []
    ENVELOPES["json"](lambda data, context: seen.append(data)).handle(None, None)
    assert seen == [None]
