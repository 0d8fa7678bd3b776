"""All routes without a socket, over a core that only remembers."""

import gzip
import json
from http import HTTPStatus
from typing import Any

import pytest

from harness.fake_core import FakeCore
from ovserve import errors
from ovserve.config.refusals import BrokenJsonError, UnreadableFileError
from ovserve.config.schema import CorsRules, Limits
from ovserve.polling.poller import PassFailure, PassReport
from ovserve.rest_api.app import RestApp
from ovserve.rest_api.routes import Response


class Reloads:
    """Stands for the poller."""

    def __init__(self) -> None:
        self.outcome: PassReport | Exception = PassReport(False, False, ())

    def __call__(self) -> PassReport:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def core() -> Any:
    core = FakeCore()
    core.answers["rest_error"] = lambda message: json.dumps({"error": message}).encode()
    core.answers["rest_config_status"] = b"{}"
    return core


@pytest.fixture
def reloads() -> Reloads:
    return Reloads()


@pytest.fixture
def app(core: Any, reloads: Reloads) -> RestApp:
    return RestApp(core, reloads)


@pytest.mark.parametrize(
    ("method", "path", "call"),
    [
        ("GET", "/v1/models/m", ("rest_status", "m", None)),
        ("GET", "/v1/models/a%20b/versions/3", ("rest_status", "a b", 3)),
        ("GET", "/v1/models", ("rest_status", "", None)),
        ("GET", "/v1/models/m/metadata", ("rest_metadata", "m", None)),
        ("GET", "/v1/models/m/versions/0/metadata", ("rest_metadata", "m", None)),
        ("POST", "/v1/models/m:predict", ("rest_predict", "m", None, b"body")),
        ("POST", "/v1/models/m/versions/2:predict", ("rest_predict", "m", 2, b"body")),
        ("POST", "/v1/models/m/labels/x:predict", ("rest_predict", "m", None, b"body")),
        ("GET", "/v2/models/m:n/ready", ("model_ready", "m:n", None)),
        ("GET", "/v2/models/m/versions/2/ready", ("model_ready", "m", 2)),
        ("GET", "/v2/models/m", ("kserve_rest_model_metadata", "m", None)),
        ("GET", "/v2/models/a%2Fb/versions/2/", ("kserve_rest_model_metadata", "a/b", 2)),
    ],
)
def test_routes_call_the_core(app: RestApp, core: Any, method: str, path: str, call: tuple[Any, ...]) -> None:
    assert app.handle(method, path, b"body").status == 200
    assert core.calls == [call]


@pytest.mark.parametrize(
    ("path", "version"), [("/v2/models/m/infer", None), ("/v2/models/m/versions/2/infer", 2)]
)
def test_kserve_infer_in_json(app: RestApp, core: Any, path: str, version: int | None) -> None:
    core.answers["kserve_rest_infer"] = (b"reply", None)
    assert app.handle("POST", path, b"body") == Response(HTTPStatus.OK, b"reply")
    assert core.calls == [("kserve_rest_infer", "m", version, b"body", None)]


def test_kserve_infer_with_binary_tensors(app: RestApp, core: Any) -> None:
    core.answers["kserve_rest_infer"] = (b"{}tail", 2)
    headers = ((b"x", b"y"), (b"inference-header-content-length", b" 7 "))
    response = app.handle("POST", "/v2/models/m/infer", b"body", headers)
    assert core.calls == [("kserve_rest_infer", "m", None, b"body", 7)]
    assert response == Response(
        HTTPStatus.OK,
        b"{}tail",
        b"application/octet-stream",
        ((b"inference-header-content-length", b"2"),),
    )


@pytest.mark.parametrize(
    "values", [["-1"], [""], ["1.5"], ["1e3"], ["9" * 30], ["\xb2"], ["1", "1"], ["0x1"]]
)
def test_header_lengths_that_are_none(app: RestApp, values: list[str]) -> None:
    headers = [(b"inference-header-content-length", value.encode("latin-1")) for value in values]
    response = app.handle("POST", "/v2/models/m/infer", b"{}", headers)
    assert response.status == 400
    assert b"one decimal number of bytes" in response.body


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
def test_ready(app: RestApp, core: Any, ready: bool, status: int) -> None:
    core.answers["ready"] = ready
    assert app.handle("GET", "/v2/health/ready").status == status
    assert app.handle("GET", "/v2/health/live").status == 200


def test_a_model_that_is_not_ready(app: RestApp, core: Any) -> None:
    core.answers["model_ready"] = False
    assert app.handle("GET", "/v2/models/m/ready").status == 404


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (errors.NotFoundError("gone"), 404, "gone"),
        (errors.UnavailableError("later"), 503, "later"),
        (RuntimeError("secret"), 500, "Internal server error; the server's log has the cause"),
    ],
)
def test_errors(
    app: RestApp, core: Any, error: Exception, status: int, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    core.answers["rest_predict"] = error
    response = app.handle("POST", "/v1/models/m:predict", b"{}")
    assert (response.status, json.loads(response.body)) == (status, {"error": text})
    assert ("secret" in caplog.text) is isinstance(error, RuntimeError)


def test_memory_that_is_short_is_not_the_servers_fault(app: RestApp, core: Any) -> None:
    core.answers["rest_predict"] = MemoryError()
    response = app.handle("POST", "/v1/models/m:predict", b"{}")
    assert (response.status, json.loads(response.body)) == (503, {"error": "out of memory"})


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1/models/m", 200), ("/v2/health/live", 200), ("/v1/models/m:predict", 406), ("/nothing", 400)],
)
def test_head_asks_like_get(app: RestApp, path: str, status: int) -> None:
    assert app.handle("HEAD", path).status == status


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "get", ""])
def test_other_methods(app: RestApp, method: str) -> None:
    response = app.handle(method, "/v1/models/m")
    assert (response.status, json.loads(response.body)) == (406, {"error": "Unsupported method"})


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/models/m", b"GET, HEAD, OPTIONS"),
        ("/v1/models/m:predict", b"POST, OPTIONS"),
        ("/v2/models/m/infer", b"POST, OPTIONS"),
    ],
)
def test_options_names_the_methods(app: RestApp, path: str, methods: bytes) -> None:
    assert app.handle("OPTIONS", path) == Response(HTTPStatus.OK, headers=((b"allow", methods),))
    assert app.handle("OPTIONS", "/nothing").status == 400


def test_options_of_a_page_of_another_origin(core: Any, reloads: Reloads) -> None:
    app = RestApp(core, reloads, cors=CorsRules(methods=("POST",)))
    headers = [(b"origin", b"https://page.example"), (b"access-control-request-method", b"POST")]
    fields = dict(app.handle("OPTIONS", "/v1/models/m:predict", headers=headers).headers)
    assert fields[b"access-control-allow-methods"] == b"POST"
    assert app.cors_headers(headers)[0] == (b"access-control-allow-origin", b"*")


@pytest.mark.parametrize("path", ["/v1/models/m:predict", "/v2/models/m/infer"])
def test_compressed_bodies(core: Any, reloads: Reloads, path: str) -> None:
    core.answers["rest_predict"] = lambda model, version, body: body
    core.answers["kserve_rest_infer"] = lambda model, version, body, length: (body, None)
    app = RestApp(core, reloads, limits=Limits(body_bytes=1000))
    encoded = [(b"content-encoding", b"gzip")]
    assert app.handle("POST", path, gzip.compress(b"a" * 1000), encoded).body == b"a" * 1000
    assert app.handle("POST", path, gzip.compress(b"a" * 1001), encoded).status == 413
    assert app.handle("POST", path, b"plain", encoded).status == 400
    response = app.find("POST", path, [(b"content-encoding", b"br")])
    assert isinstance(response, Response)
    assert (response.status, response.headers) == (415, ((b"accept-encoding", b"gzip, deflate"),))


CONFIG_FAILED = "Reloading config file failed. Check server logs for more info. - "
VERSIONS_FAILED = "Reloading models versions failed. Check server logs for more info. - "
BAD = PassFailure("m", 1, "INTERNAL", "bad file")
ODD = PassFailure("m", 0, "INVALID_ARGUMENT", "nireq")


@pytest.mark.parametrize(
    ("outcome", "status", "error"),
    [
        (PassReport(False, False, ()), 200, None),
        (PassReport(True, False, ()), 201, None),
        (PassReport(True, True, (BAD, ODD)), 500, CONFIG_FAILED + 'model "m" version 1: bad file'),
        (PassReport(True, False, (BAD,)), 500, VERSIONS_FAILED + 'model "m" version 1: bad file'),
        (PassReport(False, True, (ODD,)), 400, CONFIG_FAILED + 'model "m": nireq'),
        (BrokenJsonError("line 1"), 412, CONFIG_FAILED + "line 1"),
        (errors.ConfigurationError("key x"), 400, CONFIG_FAILED + "key x"),
        (UnreadableFileError("no file"), 500, "no file"),
        (errors.UnavailableError("the server is stopping"), 503, "the server is stopping"),
    ],
)
def test_reload(
    app: RestApp, reloads: Reloads, outcome: PassReport | Exception, status: int, error: str | None
) -> None:
    reloads.outcome = outcome
    response = app.handle("POST", "/v1/config/reload")
    assert (response.status, json.loads(response.body)) == (status, {"error": error} if error else {})
