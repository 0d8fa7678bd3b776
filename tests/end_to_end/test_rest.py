"""The REST API over a real socket, row by row as a real OpenVINO Model Server answers."""

import json
import socket
from typing import Any

import pytest
import requests

import ovserve
from harness import models

NAME = "Model with requested name is not found"
VERSION = "Model with requested version is not found"
ONES = [[1.0] * 10]


class Rest:
    """Requests to one server."""

    def __init__(self, server: ovserve.Server) -> None:
        self._url = f"http://127.0.0.1:{server.rest_port}"

    def __call__(self, method: str, path: str, body: Any = None) -> requests.Response:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return requests.request(method, self._url + path, data=data, timeout=60)


@pytest.fixture(scope="module")
def rest(plain_server: ovserve.Server) -> Rest:
    return Rest(plain_server)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("POST", "/v1/models/other:predict", {"inputs": ONES}, 404, NAME),
        ("POST", "/v1/models/m/versions/9:predict", {"inputs": ONES}, 404, VERSION),
        (
            "POST",
            "/v1/models/m:predict",
            {"inputs": {"c": ONES}},
            400,
            "Missing input with specific name - Required input: b",
        ),
        (
            "POST",
            "/v1/models/m:predict",
            {"inputs": [[1.0] * 11]},
            400,
            "Invalid input shape - Expected: (1,10); Actual: (1,11); input name: b",
        ),
        ("POST", "/v1/models/m:predict", b"{not json", 412, "The file is not valid json"),
        (
            "POST",
            "/v1/models/m:predict",
            {"instances": []},
            400,
            "Invalid JSON structure. Missing instances in row format",
        ),
        ("POST", "/v1/models/m:classify", b"{}", 404, "REST resource not found"),
        ("POST", "/v1/models/m:regress", b"{}", 404, "REST resource not found"),
        ("GET", "/v1/models/other", None, 404, NAME),
        ("GET", "/v1/models/m/versions/9", None, 404, VERSION),
        ("GET", "/v1/models/m/versions/" + "9" * 30, None, 400, "invalid model version format in request"),
        ("GET", "/v1/models/other/metadata", None, 404, NAME),
        ("GET", "/v1/models", None, 404, NAME),
        ("GET", "/v2/models/other/ready", None, 404, NAME),
        ("GET", "/v2/models/m/versions/9/ready", None, 404, VERSION),
        ("GET", "/nothing", None, 400, "Invalid request URL"),
        ("GET", "/v1/models/a/b/c", None, 400, "Invalid request URL"),
        ("GET", "/", None, 400, "Invalid request URL"),
        ("GET", "/v1/models/m:predict", None, 406, "Unsupported method"),
        ("POST", "/v1/models/m", b"{}", 406, "Unsupported method"),
        ("GET", "/v1/config/reload", None, 406, "Unsupported method"),
        ("DELETE", "/v1/models/m", None, 406, "Unsupported method"),
    ],
)
def test_refusals(rest: Rest, method: str, path: str, body: Any, status: int, text: str) -> None:
    answer = rest(method, path, body)
    assert (answer.status_code, answer.json()) == (status, {"error": text})
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["/v1/models/m", "/v1/models/m/versions/0", "/v1/models/m/labels/stable"])
@pytest.mark.parametrize(
    ("body", "reply"),
    [
        ({"instances": [{"b": ONES[0]}]}, {"predictions": [[3.0] * 10]}),
        ({"instances": ONES}, {"predictions": [[3.0] * 10]}),
        ({"inputs": {"b": ONES}}, {"outputs": [[3.0] * 10]}),
        ({"inputs": ONES, "signature_name": "x"}, {"outputs": [[3.0] * 10]}),
    ],
    ids=["named rows", "rows", "named column", "column"],
)
def test_predict(rest: Rest, path: str, body: Any, reply: Any) -> None:
    answer = rest("POST", f"{path}:predict", body)
    assert (answer.status_code, answer.json()) == (200, reply)


def test_predict_with_numbers_that_have_no_digits(rest: Rest) -> None:
    body = b'{"instances": [[NaN, -Infinity, Infinity, 1, 2, 3, 4, 5, 6, 7]]}'
    answer = rest("POST", "/v1/models/m:predict", body)
    assert answer.text == '{"predictions": [[NaN,-Infinity,Infinity,3.0,4.0,5.0,6.0,7.0,8.0,9.0]]}'
    for word in (b"nan", b"Inf", b"-NaN", b"NaNs", b"+Infinity"):
        assert rest("POST", "/v1/models/m:predict", body.replace(b"NaN", word)).status_code == 412


def test_predict_of_a_version(rest: Rest) -> None:
    assert rest("POST", "/v1/models/m/versions/1:predict", {"inputs": ONES}).json() == {
        "outputs": [[2.0] * 10]
    }


def version_status(version: int) -> dict[str, Any]:
    ok = {"error_code": "OK", "error_message": "OK"}
    return {"version": str(version), "state": "AVAILABLE", "status": ok}


def test_status(rest: Rest) -> None:
    both = {"model_version_status": [version_status(1), version_status(2)]}
    assert rest("GET", "/v1/models/m").json() == both
    assert rest("GET", "/v1/models/%6D?x=1").json() == both
    assert rest("GET", "/v1/models/m/versions/2").json() == {"model_version_status": [version_status(2)]}
    assert rest("GET", "/v1/config").json() == {"m": both}


def test_metadata(rest: Rest) -> None:
    reply = rest("GET", "/v1/models/m/versions/1/metadata").json()
    assert reply["modelSpec"] == {"name": "m", "signatureName": "", "version": "1"}
    signature = reply["metadata"]["signature_def"]["signatureDef"]["serving_default"]
    assert signature["inputs"]["b"]["dtype"] == "DT_FLOAT"
    assert [dim["size"] for dim in signature["outputs"]["a"]["tensorShape"]["dim"]] == ["1", "10"]


@pytest.mark.parametrize(
    "path", ["/v2/health/live", "/v2/health/ready", "/v2/models/m/ready", "/v2/models/m/versions/1/ready"]
)
def test_health(rest: Rest, path: str) -> None:
    answer = rest("GET", path)
    assert (answer.status_code, answer.content) == (200, b"")


def test_reload_without_a_change(rest: Rest) -> None:
    answer = rest("POST", "/v1/config/reload")
    assert (answer.status_code, list(answer.json())) == (200, ["m"])


@pytest.mark.parametrize("dtype", [dtype for dtype in models.DTYPES if dtype not in ("float16", "bool")])
def test_number_types(typed_server: ovserve.Server, dtype: str) -> None:
    values = [[0, 1, 2], [3, 4, 5]]
    answer = Rest(typed_server)("POST", f"/v1/models/{dtype}:predict", {"inputs": values})
    assert (answer.status_code, answer.json()) == (200, {"outputs": values})


def test_a_body_in_pieces(plain_server: ovserve.Server) -> None:
    body = json.dumps({"inputs": ONES}).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (1, body[i : i + 1]) for i in range(len(body))) + b"0\r\n\r\n"
    head = b"POST /v1/models/m:predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    answer = exchange(plain_server, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert b"200 OK" in answer


@pytest.mark.parametrize("front", ["grpcio"], indirect=True)
def test_a_body_that_claims_to_be_too_large_is_refused_unread(plain_server: ovserve.Server) -> None:
    head = b"POST /v1/models/m:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741825\r\n\r\n"
    answer = exchange(plain_server, head)
    assert b" 413 " in answer
    assert b"the body is larger than 1073741824 bytes" in answer


def test_clients_that_leave_in_the_middle_disturb_nobody(plain_server: ovserve.Server, rest: Rest) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", plain_server.rest_port or 0)) as connection:
            head = b"POST /v1/models/m:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
            connection.sendall(head + b"{")
    assert rest("GET", "/v2/health/live").status_code == 200


def exchange(server: ovserve.Server, request: bytes) -> bytes:
    """Send bytes and return what comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", server.rest_port or 0), timeout=60) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer
