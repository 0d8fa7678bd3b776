from typing import Any

import pytest

from harness.fake_core import FakeCore
from ovserve.polling.poller import PassReport
from ovserve.rest_api.app import RestApp


@pytest.fixture
def core() -> Any:
    core = FakeCore()
    core.answers["metrics_text"] = b"up 1\n"
    return core


def app(core: Any, metrics: bool) -> RestApp:
    return RestApp(core, lambda: PassReport(False, False, ()), metrics=metrics)


def test_the_text(core: Any) -> None:
    response = app(core, metrics=True).handle("GET", "/metrics")
    assert (response.status, response.body) == (200, b"up 1\n")
    assert response.content_type == b"text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.parametrize(
    ("method", "path", "metrics", "status"),
    [
        ("POST", "/metrics", True, 406),
        ("GET", "/metrics/x", True, 400),
        ("GET", "/metrics", False, 400),
        ("POST", "/metrics", False, 400),
    ],
)
def test_refusals(core: Any, method: str, path: str, metrics: bool, status: int) -> None:
    response = app(core, metrics).handle(method, path)
    assert (response.status, response.content_type) == (status, b"application/json")
