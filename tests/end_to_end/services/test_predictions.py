"""Requests to services over HTTP, on both fronts: what handlers get, what clients get."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from harness.service_server import ServiceServer, ask, write_service

ECHO = """
    import json
    from ts.utils.util import PredictionException

    def shown(value):
        plain = isinstance(value, (str, dict, list, int))
        return [type(value).__name__, value if plain else bytes(value).decode()]

    def handle(data, context):
        if data is None:
            return None
        answers = []
        for i, row in enumerate(data):
            headers = context.get_all_request_header(i)
            answers.append({
                "row": {name: shown(value) for name, value in row.items()},
                "url_path": headers.get("url_path", ""),
                "explain": headers.get("explain"),
                "x": context.get_request_header(i, "X-Mine"),
                "authorization": context.get_request_header(i, "Authorization"),
            })
        return answers
"""
STATUS = """
    from ts.utils.util import PredictionException

    def handle(data, context):
        if data is None:
            return None
        if data[0].get("body") == b"raise":
            raise PredictionException("no such thing", 418)
        if data[0].get("body") == b"break":
            raise ValueError("secret")
        context.set_response_status(207, "Many", 0)
        context.set_response_header(0, "X-Answer", "yes")
        context.set_response_header(0, "Content-Length", "1")
        context.set_response_header(0, "Transfer-Encoding", "chunked")
        context.set_response_content_type(0, "text/plain; charset=utf-8")
        return ["täxt"]
"""
PIECES = """
    from ts.handler_utils.utils import send_intermediate_predict_response

    def handle(data, context):
        if data is None:
            return None
        for word in ("one ", "two "):
            send_intermediate_predict_response([word], context.request_ids, "", 200, context)
        if data[0].get("body") == b"break":
            raise ValueError("in the middle")
        return ["three"]
"""


TOLD = """
    import os, time
    from ts.handler_utils.utils import send_intermediate_predict_response

    def handle(data, context):
        if data is None:
            return None
        for i in range(3):
            send_intermediate_predict_response([f"piece {{i}} "], context.request_ids, "", 200, context)
            while not os.path.exists("{folder}/" + str(i)):
                time.sleep(0.005)
        return ["end"]
"""
FLOOD = """
    from ts.handler_utils.utils import send_intermediate_predict_response

    def handle(data, context):
        if data is None:
            return None
        for i in range(1000):
            send_intermediate_predict_response([b"x" * (1 << 20)], context.request_ids, "", 200, context)
            with open("{count}", "w") as file:
                file.write(str(i))
        return ["end"]
"""


@pytest.fixture(scope="module", autouse=True)
def services(server: ServiceServer, store: Path) -> Iterator[None]:
    for name, code in (("echo", ECHO), ("status", STATUS), ("pieces", PIECES)):
        write_service(store, name, code)
        answer = server.manage(f"/models?url={name}&initial_workers=1", "POST")
        assert answer.status == 200, answer.body
    yield
    for name in ("echo", "status", "pieces"):
        assert server.manage(f"/models/{name}", "DELETE").status == 200


@pytest.mark.parametrize(
    ("content_type", "body", "row"),
    [
        ("application/json", b'{"a": 1}', {"body": ["dict", {"a": 1}]}),
        ("application/json; charset=utf-8", b"[1]", {"body": ["list", [1]]}),
        ("application/json", b"no json", {"body": ["bytearray", "no json"]}),
        ("text/plain", "ä".encode(), {"body": ["str", "ä"]}),
        ("application/octet-stream", b"x", {"body": ["bytearray", "x"]}),
        ("image/png", b"x", {"body": ["bytearray", "x"]}),
        ("", b"x", {"body": ["bytearray", "x"]}),
        (
            "application/x-www-form-urlencoded",
            b"a=1+2&b=%33&c&d=",
            {"a": ["bytearray", "1 2"], "b": ["bytearray", "3"], "d": ["bytearray", ""]},
        ),
        ("application/x-www-form-urlencoded", b"hello", {}),
    ],
)
def test_what_handlers_get(
    server: ServiceServer, content_type: str, body: bytes, row: dict[str, object]
) -> None:
    # requests, since urllib makes every body without a type a form
    headers = {"Content-Type": content_type} if content_type else {}
    answer = requests.post(f"{server.url}/predictions/echo", data=body, headers=headers, timeout=60)
    assert answer.status_code == 200
    assert answer.json()["row"] == row
    assert "content-type" not in answer.headers
    assert answer.text == json.dumps(answer.json(), indent=2)


def test_multipart(server: ServiceServer) -> None:
    files = {
        "data": ("picture.bin", b"\x31\x00"[:1], "application/octet-stream"),
        "meta": ("meta.json", b'{"a": [1]}', "application/json"),
        "field": (None, b'{"b": 2}', "application/json"),
    }
    answer = requests.post(f"{server.url}/predictions/echo", files=files, timeout=60)
    assert answer.json()["row"] == {
        "data": ["bytearray", "1"],
        "meta": ["dict", {"a": [1]}],
        "field": ["bytearray", '{"b": 2}'],
    }


def test_a_large_form(server: ServiceServer) -> None:
    form = "application/x-www-form-urlencoded"
    answer = server.predict("echo", b"a=" + b"%78" * 100_000, content_type=form)
    assert answer.json["row"] == {"a": ["bytearray", "x" * 100_000]}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"no parts"),
        ("multipart/form-data; boundary=b", b"--b\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n"),
        ("application/x-www-form-urlencoded", b"a=1&" * 2000),
    ],
)
def test_broken_forms_are_refused(server: ServiceServer, content_type: str, body: bytes) -> None:
    answer = server.predict("echo", body, content_type=content_type)
    assert answer.status == 400
    assert answer.json["type"] == "BadRequestException"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_verbs(server: ServiceServer, method: str) -> None:
    body = None if method == "GET" else b"x"
    answer = ask(f"{server.url}/predictions/echo?q=1", body, method, content_type="image/x")
    assert answer.status == 200
    assert answer.json["row"] == {"body": ["bytearray", "" if method == "GET" else "x"]}


def test_paths(server: ServiceServer) -> None:
    def answer(path: str, body: bytes | None = b"x") -> object:
        found = ask(f"{server.url}{path}", body, content_type="image/x")
        assert found.status == 200, found.body
        return found.json

    plain = answer("/predictions/echo")
    assert plain == {
        "row": {"body": ["bytearray", "x"]},
        "url_path": "",
        "explain": "False",
        "x": None,
        "authorization": None,
    }
    assert answer("/predictions/echo/1.0") == plain
    assert answer("/predictions/echo/1.0/further/p%61rts") == plain | {"url_path": "further/parts"}  # type: ignore[operator]
    assert answer("/explanations/echo") == plain | {"explain": "True"}  # type: ignore[operator]
    assert answer("/echo/predict") == plain
    assert answer("/echo/1.0/predict") == plain
    assert answer("/models/echo/invoke") == plain
    assert answer("/models/echo/invoke?k=v")["row"] == {"k": ["bytearray", "v"], "body": ["bytearray", "x"]}  # type: ignore[index]
    assert answer("/invocations?model_name=echo")["row"]["body"] == ["bytearray", "x"]  # type: ignore[index]


def test_headers_reach_the_handler_but_for_what_is_the_servers(server: ServiceServer) -> None:
    headers = {"x-mine": "v", "Explain": "True", "url_path": "u", "Authorization": "Bearer k"}
    answer = server.predict("echo", b"x", headers=headers, content_type="image/x").json
    assert (answer["x"], answer["explain"], answer["url_path"]) == ("v", "False", "")
    assert answer["authorization"] is None


def test_a_name_for_invocations(server: ServiceServer) -> None:
    assert ask(f"{server.url}/invocations", b"x", content_type="image/x").message == (
        "Parameter model_name is required."
    )
    form = requests.post(f"{server.url}/invocations", data={"model_name": "echo", "a": "1"}, timeout=60)
    assert form.json()["row"]["a"] == ["bytearray", "1"]


def test_what_handlers_set(server: ServiceServer) -> None:
    answer = server.predict("status", b"x", content_type="image/x")
    assert answer.status == 207
    assert answer.body == "täxt".encode()
    assert answer.headers["x-answer"] == "yes"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert len(answer.headers["x-request-id"]) == 36


def test_the_phrase_that_handlers_set(server: ServiceServer, front: str) -> None:
    answer = requests.post(f"{server.url}/predictions/status", data=b"x", timeout=60)
    assert answer.reason == ("Many" if front == "native" else "Multi-Status")


def test_failures(server: ServiceServer) -> None:
    raised = server.predict("status", b"raise", content_type="image/x")
    assert (raised.status, raised.json["code"], raised.message) == (418, 418, "no such thing")
    broken = server.predict("status", b"break", content_type="image/x")
    assert broken.status == 503
    assert broken.body == (
        b'{\n  "code": 503,\n  "type": "InternalServerException",\n  "message": "Prediction failed"\n}\n'
    )


@pytest.mark.parametrize(
    ("path", "method", "status", "type"),
    [
        ("/predictions/nobody", "POST", 404, "ModelNotFoundException"),
        ("/predictions/echo/9", "POST", 404, "ModelVersionNotFoundException"),
        ("/predictions", "POST", 404, "ResourceNotFoundException"),
        ("/predictions/", "POST", 404, "ResourceNotFoundException"),
        ("/no/such/path", "GET", 404, "ResourceNotFoundException"),
        ("/models/echo", "GET", 404, "ResourceNotFoundException"),
        ("/predictions/echo", "DELETE", 405, "MethodNotAllowedException"),
        ("/predictions/echo", "PATCH", 405, "MethodNotAllowedException"),
        ("/invocations", "DELETE", 405, "MethodNotAllowedException"),
        ("/", "GET", 405, "MethodNotAllowedException"),
        ("/ping", "DELETE", 405, "MethodNotAllowedException"),
    ],
)
def test_what_is_not_there(server: ServiceServer, path: str, method: str, status: int, type: str) -> None:
    answer = ask(f"{server.url}{path}", b"" if method == "POST" else None, method)
    assert (answer.status, answer.json["code"], answer.json["type"]) == (status, status, type)


def test_descriptions(server: ServiceServer) -> None:
    for answer in (ask(f"{server.url}/", method="OPTIONS"), ask(f"{server.url}/api-description")):
        assert "/predictions/{model_name}" in answer.json["paths"]
    model = ask(f"{server.url}/predictions/echo", method="OPTIONS").json
    assert list(model["paths"]) == ["/predictions/echo"]


def test_metadata_for_clients_of_tensorflow_serving(server: ServiceServer) -> None:
    url = f"{server.url}/v1/models/echo"
    for path in ("/metadata", "/versions/1/metadata"):
        assert ask(f"{url}{path}").json == {
            "modelSpec": {"name": "echo", "signatureName": "", "version": "1"},
            "metadata": {"signature_def": {"signatureDef": {}}},
        }
    assert ask(f"{url}/versions/7/metadata").status == 404
    assert ask(f"{url}/metadata", b"x", "POST").status == 406


def test_kserve(server: ServiceServer) -> None:
    url = f"{server.url}/v2/models/echo"
    body = b'{"inputs": []}'
    assert ask(f"{url}/infer", body, content_type="application/json").json["row"]["body"][1] == {"inputs": []}
    assert ask(f"{url}/versions/1.0/infer", body).json["row"]["body"][0] == "dict"
    assert ask(f"{url}/explain", body).json["explain"] == "True"
    assert ask(f"{url}/ready").status == 200
    assert ask(url).json == {
        "name": "echo", "versions": ["1.0"], "platform": "ovserve_python", "inputs": [], "outputs": []
    }  # fmt: skip
    wrong = ask(f"{url}/versions/7/infer", body)
    assert (wrong.status, list(wrong.json)) == (404, ["error"])
    assert ask(f"{url}/infer").status == 405
    failed = ask(f"{server.url}/v2/models/status/infer", b"break", content_type="image/x")
    assert (failed.status, failed.json) == (503, {"error": "Prediction failed"})


def test_tfs(server: ServiceServer) -> None:
    url = f"{server.url}/v1/models/echo"
    assert ask(f"{url}:predict", b'{"a": 1}').json["row"]["body"] == ["dict", {"a": 1}]
    assert ask(f"{url}/versions/1.0:predict", b"{}").status == 200
    assert ask(f"{url}:explain", b"{}").json["explain"] == "True"
    (status,) = ask(url).json["model_version_status"]
    assert (status["version"], status["state"]) == ("1", "AVAILABLE")
    wrong = ask(f"{url}:predict", method="GET")
    assert (wrong.status, list(wrong.json)) == (406, ["error"])


def test_pieces(server: ServiceServer) -> None:
    answer = requests.post(f"{server.url}/predictions/pieces", timeout=60)
    assert answer.content == b"one two three"
    assert answer.headers["transfer-encoding"] == "chunked"


def test_pieces_come_one_by_one(server: ServiceServer, store: Path, tmp_path: Path) -> None:
    write_service(store, "told", TOLD.format(folder=str(tmp_path)))
    assert server.manage("/models?url=told&initial_workers=1", "POST").status == 200
    with requests.post(f"{server.url}/predictions/told", timeout=60, stream=True) as answer:
        pieces = answer.iter_content(None)
        for number in range(3):
            assert next(pieces) == f"piece {number} ".encode()
            (tmp_path / str(number)).touch()  # only now the handler goes on
        assert next(pieces) == b"end"


def test_who_does_not_read_holds_the_handler_up(
    server: ServiceServer, store: Path, tmp_path: Path, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    count = tmp_path / "count"
    write_service(store, "flood", FLOOD.format(count=str(count)))
    assert server.manage("/models?url=flood&initial_workers=1", "POST").status == 200

    def sent() -> int:
        return int(count.read_text() or 0) if count.exists() else 0

    with requests.post(f"{server.url}/predictions/flood", timeout=60, stream=True) as answer:
        before = -1
        for _ in range(600):  # until it stands still
            if sent() == before > 0:
                break
            before = sent()
            threading.Event().wait(0.5)
        assert 0 < before < 40  # MiB; it would go on up to 1000
        pieces = answer.iter_content(1 << 20)
        for _ in range(before):
            assert next(pieces) == b"x" * (1 << 20)
        eventually(lambda: sent() > before)


def test_an_answer_that_breaks_off_is_no_answer(server: ServiceServer) -> None:
    url = f"{server.url}/predictions/pieces"
    headers = {"Content-Type": "image/x"}
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.post(url, b"break", headers=headers, timeout=60)


def test_a_body_that_is_too_large(server: ServiceServer) -> None:
    answer = requests.post(f"{server.url}/predictions/echo", b"x" * 7_000_000, timeout=60)
    assert answer.status_code == 413
    assert answer.json()["type"] == "RequestEntityTooLargeException"


def test_ping(server: ServiceServer) -> None:
    answer = ask(f"{server.url}/ping")
    assert (answer.status, answer.json) == (200, {"status": "Healthy"})


def test_a_client_that_leaves_cancels_its_request(server: ServiceServer, store: Path, tmp_path: Path) -> None:
    write_service(
        store,
        "patient",
        f"""
        import pathlib, time

        def handle(data, context):
            if data is None:
                return None
            pathlib.Path({str(tmp_path / "began")!r}).touch()
            for _ in range(6000):
                if context.cancelled():
                    pathlib.Path({str(tmp_path / "cancelled")!r}).touch()
                    break
                time.sleep(0.01)
            return ["done"] * len(data)
        """,
    )
    assert server.manage("/models?url=patient&initial_workers=1", "POST").status == 200
    with socket.create_connection(("127.0.0.1", server.rest_port)) as client:
        client.sendall(b"GET /predictions/patient HTTP/1.1\r\nHost: h\r\n\r\n")
        wait_for(tmp_path / "began")
    wait_for(tmp_path / "cancelled")
    assert server.manage("/models/patient", "DELETE").status == 200


def wait_for(path: Path) -> None:
    import time

    for _ in range(3000):
        if path.exists():
            return
        time.sleep(0.01)
    raise AssertionError(f"{path} did not come")
