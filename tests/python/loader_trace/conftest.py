"""Calls as the core records them."""

from typing import Any

import pytest


def traced(function: str, **parts: Any) -> Any:
    """Return a call of the core's trace with other parts than usual."""
    call: dict[str, Any] = {
        "loader": "sample",
        "library": "/srv/libsample.so",
        "function": function,
        "model": "m",
        "version": 1,
        "arguments": "",
        "thread": 77,
        "start": 1_764_200_000.25,
        "duration_s": 0.0125,
        "running": False,
        "result": "OK",
        "count": 1,
        "last_start": 1_764_200_000.25,
    }
    return {**call, **parts}


@pytest.fixture
def calls() -> list[Any]:
    """A little of everything."""
    return [
        traced("loaderInit", model=None, version=None, arguments="<b>config.json</b>", duration_s=2.5),
        traced("loadModel", result="no \x1b[31mkey\nfor <m>"),
        traced("getModelBlacklistStatus", count=41, last_start=1_764_200_041.5, result="MODEL_BLACKLISTED"),
        traced("unloadModel", loader="other", library="/srv/libother.so", running=True, result="running"),
    ]
