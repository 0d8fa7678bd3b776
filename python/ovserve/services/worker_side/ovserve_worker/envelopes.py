"""Request envelopes: what wraps a handler that was written for another protocol's bodies.

An envelope turns the rows of a batch into what the handler wants and its output into answers, for every
request of the batch. Bodies may come as JSON values or as bytes.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from base64 import b64decode
from typing import Any, Callable

from ovserve_worker import tensors
from ovserve_worker.exceptions import PredictionException

_BAD_REQUEST = 400


class BaseEnvelope(ABC):
    """Wraps a handler's entry point; at load (no data) it passes the call on.

    Args:
        handle_fn: the entry point.
    """

    def __init__(self, handle_fn: Callable[..., Any]) -> None:
        self._handle_fn = handle_fn
        self.context: Any = None

    def handle(self, data: Any, context: Any) -> Any:
        """Answer a batch."""
        self.context = context
        if not data:
            return self._handle_fn(data, context)
        output = self._handle_fn(self.parse_input(data), context)
        return self.format_output(output) if output else output

    @abstractmethod
    def parse_input(self, data: list[Any]) -> Any:
        """Return what the handler gets."""

    @abstractmethod
    def format_output(self, data: Any) -> list[Any]:
        """Return the answers, one per request."""


class BodyEnvelope(BaseEnvelope):
    """The handler gets a list of bodies."""

    def parse_input(self, data: list[Any]) -> Any:
        """Return the bodies."""
        return [_body(row) for row in data]

    def format_output(self, data: Any) -> list[Any]:
        """Return the output as it is."""
        return data  # type: ignore[no-any-return]


class _Instances(BaseEnvelope):
    """Envelopes whose handler gets the items of all requests in one list."""

    def __init__(self, handle_fn: Callable[..., Any]) -> None:
        super().__init__(handle_fn)
        self._lengths: list[int] = []

    def split(self, output: Any) -> list[list[Any]]:
        """Return the output's items per request.

        Raises:
            ValueError: there are not as many as went in.
        """
        if len(output) != sum(self._lengths):
            raise ValueError(f"the handler returned {len(output)} items for {sum(self._lengths)}")
        items, parts = iter(output), []
        for length in self._lengths:
            parts.append([next(items) for _ in range(length)])
        return parts

    def join(self, lists: list[list[Any]]) -> list[Any]:
        """Note how many items each request has and return all of them."""
        self._lengths = [len(items) for items in lists]
        return [item for items in lists for item in items]


class JSONEnvelope(_Instances):
    """The handler gets the ``instances`` of all requests; ``{"b64": ...}`` becomes bytes."""

    def parse_input(self, data: list[Any]) -> Any:
        """Return all instances."""
        return self.join(
            [[_decoded(item) for item in _list_in(_json_body(row), "instances")] for row in data]
        )

    def format_output(self, data: Any) -> list[Any]:
        """Return ``{"predictions": [...]}`` per request, as JSON text."""
        return [json.dumps({"predictions": items}) for items in self.split(data)]


class KServeEnvelope(_Instances):
    """The handler gets the ``instances`` of all requests; for KServe v1."""

    def parse_input(self, data: list[Any]) -> Any:
        """Return all instances."""
        return self.join([_list_in(_json_body(row), "instances") for row in data])

    def format_output(self, data: Any) -> list[Any]:
        """Return ``{"predictions": [...]}`` or ``{"explanations": [...]}`` per request."""
        explains = self.context is not None and self.context.get_request_header(0, "explain") == "True"
        return [{"explanations" if explains else "predictions": items} for items in self.split(data)]


class KServev2Envelope(_Instances):
    """The handler gets the ``inputs`` of all requests with nested data; for KServe v2."""

    def __init__(self, handle_fn: Callable[..., Any]) -> None:
        super().__init__(handle_fn)
        self._requests: list[tuple[str | None, list[str]]] = []

    def parse_input(self, data: list[Any]) -> Any:
        """Return all inputs; their data nested as their shape says, of BYTES the first element."""
        self._requests = []
        lists = []
        for row in data:
            body = _json_body(row)
            inputs = _list_in(body, "inputs")
            try:
                lists.append([dict(tensor, data=_nested(tensor)) for tensor in inputs])
                self._requests.append((body.get("id"), [tensor["name"] for tensor in inputs]))
            except (KeyError, TypeError, IndexError) as error:
                raise PredictionException(
                    f"an input is not as KServe v2 has it: {error}", _BAD_REQUEST
                ) from None
        return self.join(lists)

    def format_output(self, data: Any) -> list[Any]:
        """Return a KServe v2 response per request; outputs have the names of the inputs at their place."""
        model = (self.context.manifest or {}).get("model", {})
        answers = []
        for index, ((request_id, names), items) in enumerate(zip(self._requests, self.split(data))):
            answers.append(
                {
                    "id": request_id or self.context.get_request_id(index),
                    "model_name": model.get("modelName"),
                    "model_version": model.get("modelVersion"),
                    "outputs": [_output(name, item) for name, item in zip(names, items)],
                }
            )
        return answers


ENVELOPES: dict[str, type[BaseEnvelope]] = {
    "body": BodyEnvelope,
    "json": JSONEnvelope,
    "kserve": KServeEnvelope,
    "kservev2": KServev2Envelope,
}


def _body(row: Any) -> Any:
    data = row.get("data")
    return data if data is not None else row.get("body")


def _json_body(row: Any) -> dict[str, Any]:
    body = _body(row)
    if isinstance(body, (bytes, bytearray, str)):
        try:
            body = json.loads(body)
        except ValueError as error:
            raise PredictionException(f"the body is no JSON: {error}", _BAD_REQUEST) from None
    if body is None:
        body = row
    if not isinstance(body, dict):
        raise PredictionException("the body must be a JSON object", _BAD_REQUEST)
    return body


def _list_in(body: dict[str, Any], name: str) -> list[Any]:
    value = body.get(name)
    if not isinstance(value, list):
        raise PredictionException(f'the body must have a list "{name}"', _BAD_REQUEST)
    return value


def _decoded(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    if list(item) == ["b64"]:
        return _from_base64(item["b64"])
    return {
        name: _from_base64(value["b64"]) if isinstance(value, dict) and list(value) == ["b64"] else value
        for name, value in item.items()
    }


def _from_base64(text: Any) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (ValueError, TypeError) as error:
        raise PredictionException(f'"b64" is no base64: {error}', _BAD_REQUEST) from None


def _nested(tensor: dict[str, Any]) -> Any:
    """Return a tensor's data as nested lists."""
    if tensor["datatype"] == "BYTES":
        return tensor["data"][0]
    data, shape = tensor["data"], tensor["shape"]
    while data and isinstance(data[0], list):
        data = [item for row in data for item in row]
    count = 1
    for size in shape:
        count *= size
    if count != len(data):
        raise PredictionException(
            f'input "{tensor["name"]}" has {len(data)} elements, shape {shape} has {count}', _BAD_REQUEST
        )
    for size in reversed(shape[1:]):
        data = [data[i : i + size] for i in range(0, len(data), size)] if size else []
    return data


def _output(name: str, item: Any) -> dict[str, Any]:
    """Return one output of a KServe v2 response with the shape that the item has."""
    if tensors.is_array(item):
        item = item.tolist()
    shape, flat = [], item if isinstance(item, list) else [item]
    nested: Any = flat
    while isinstance(nested, list):
        shape.append(len(nested))
        nested = nested[0] if nested else None
    for _ in shape[1:]:
        flat = [element for row in flat for element in row]
    return {"name": name, "datatype": _datatype(flat), "shape": shape, "data": flat}


def _datatype(flat: list[Any]) -> str:
    if any(isinstance(element, float) for element in flat):
        return "FP64"
    if all(isinstance(element, bool) for element in flat):
        return "BOOL"
    return "INT64" if all(isinstance(element, int) for element in flat) else "BYTES"
