"""A handler that returns its input: what a custom service costs beside the work of its handler."""

from __future__ import annotations

from typing import Any


class Handler:
    """Takes any bytes, KServe's JSON, or a tensor ``b`` (KServe's gRPC); answers in the same form."""

    def handle(self, data: list[dict[str, Any]], context: object) -> list[Any]:
        """Return an answer per request."""
        return [_answer(row) for row in data]


def _answer(row: dict[str, Any]) -> Any:
    if "b" in row:
        return {"a": row["b"]}
    if isinstance(row["body"], dict):
        return {"outputs": [{**row["body"]["inputs"][0], "name": "a"}]}
    return row["body"]
