"""The trace as a JSON document."""

import json
from typing import Any

from ovserve.loader_trace.document import document_of


def test_calls_by_loader(calls: list[Any]) -> None:
    document = json.loads(json.dumps(document_of(calls)))
    assert [(each["name"], each["library"]) for each in document["loaders"]] == [
        ("sample", "/srv/libsample.so"),
        ("other", "/srv/libother.so"),
    ]
    first, second, third = document["loaders"][0]["calls"]
    assert first == {
        "function": "loaderInit",
        "model": None,
        "version": None,
        "arguments": "<b>config.json</b>",
        "thread": 77,
        "start": "2025-11-26T23:33:20.250Z",
        "duration_ms": 2500.0,
        "running": False,
        "result": "OK",
        "count": 1,
        "last_start": "2025-11-26T23:33:20.250Z",
    }
    assert (second["model"], second["version"]) == ("m", 1)
    assert (third["count"], third["last_start"]) == (41, "2025-11-26T23:34:01.500Z")


def test_no_calls() -> None:
    assert document_of([]) == {"loaders": []}
