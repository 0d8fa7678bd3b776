"""Model loaders behind a whole server: their own endpoint, and beside each other as services."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ovserve
from harness import configuration, model_loaders
from harness.model_loaders import message, picture
from harness.server_process import ServerProcess, free_port, run_to_end
from harness.service_server import Answer, ask
from ovserve.config.frontend import FrontendChoice

DETECTO, CLIP = "CustomDetectoModelLoader", "CustomClipModelLoader"

HOSTILE = """

def answered(request):
    import os, time
    if request["Fid"] == "hang":
        time.sleep(3600)
    if request["Fid"] == "crash":
        os._exit(3)
    if request["Fid"] == "raise":
        raise ValueError("a secret")

plain = CustomDetectoModelLoader.predict_request
CustomDetectoModelLoader.predict_request = lambda self, request: (answered(request), plain(self, request))[1]
"""


def post(url: str, request: Any) -> Answer:
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    return ask(url, body, content_type="application/json")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, front: FrontendChoice) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("loaders")
    document = model_loaders.configuration(ovserve={"response_timeout": 2})
    path = model_loaders.write(folder, document, model_loaders.CUSTOM_MODEL_LOADER + HOSTILE)
    arguments = ("--config_path", str(path), "--grpc_frontend", front)
    with ServerProcess(*arguments, grpc=False) as running:
        yield running.wait_until_ready()


def test_the_endpoint_answers(server: ServerProcess) -> None:
    answer = post(f"{server.url}/{DETECTO}", message(Model="shown", Mtp=[{"Src": "camera"}]))
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "application/json"
    document = answer.json
    assert [(each["Cs"], each["Lb"]) for each in document["Fs"]] == [(0.4, "wide")]
    assert [each["Src"] for each in document["Mtp"]] == ["camera", "shown"]
    assert (document["Rc"], document["Rm"], document["Tid"]) == ("200", "Success", "tenant")


def test_the_loader_is_a_service_too(server: ServerProcess) -> None:
    answer = post(f"{server.url}/predictions/{DETECTO}", message())
    assert answer.json["Fs"][0]["Lb"] == "wide"


@pytest.mark.parametrize(
    ("request_", "status", "word"),
    [
        (b"{", 400, "no JSON"),
        ({}, 422, "Tid is missing"),
        (message(Base_64="%"), 400, "no base64"),
        (message(Fid="raise"), 500, "Prediction failed"),
        (message(Base_64="aGVsbG8="), 500, "Prediction failed"),
    ],
)
def test_failures_have_an_honest_code(server: ServerProcess, request_: Any, status: int, word: str) -> None:
    answer = post(f"{server.url}/{DETECTO}", request_)
    assert answer.status == status
    assert answer.json["Rc"] == str(status)
    assert word in answer.json["Rm"]
    assert b"secret" not in answer.body


@pytest.mark.parametrize("kind", ["hang", "crash"])
def test_a_worker_that_is_lost_is_replaced(server: ServerProcess, kind: str) -> None:
    answer = post(f"{server.url}/{DETECTO}", message(Fid=kind))
    assert (answer.status, answer.json["Rc"], answer.json["Rm"]) == (500, "500", "Worker died.")
    assert post(f"{server.url}/{DETECTO}", message()).status == 200


def test_other_methods_and_large_bodies(server: ServerProcess) -> None:
    answer = ask(f"{server.url}/{DETECTO}")
    assert (answer.status, answer.json["Rc"]) == (405, "405")
    answer = post(f"{server.url}/{DETECTO}", b" " * (65 << 20))
    assert (answer.status, answer.json["Rc"]) == (413, "413")
    assert post(f"{server.url}/{DETECTO}", message(I_fn="x" * (10 << 20))).status == 200


def test_the_description(server: ServerProcess) -> None:
    document = ask(f"{server.url}/openapi.json").json
    assert list(document["paths"]) == [f"/{DETECTO}"]
    schemas = document["components"]["schemas"]
    assert sorted(schemas["Request"]["required"]) == sorted(message())
    answer = post(f"{server.url}/{DETECTO}", message()).json
    assert sorted(schemas["Response"]["required"]) == sorted(answer)
    page = ask(f"{server.url}/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert f"POST /{DETECTO}" in page.body.decode()
    assert b"//" not in page.body.replace(b"<!doctype", b"")  # nothing from elsewhere


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"FastAPI": {"port": 1}}, "FastAPI.endpoint is missing"),
        ({DETECTO: {}}, "KeyError: 'model_path'"),
        ({"ModelLoader": {"class_name": "Nothing"}}, "has no class Nothing"),
    ],
)
def test_a_loader_that_cannot_be_made_ends_the_process(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    path = model_loaders.write(tmp_path, {**model_loaders.configuration(), **changes})
    done = run_to_end(["--config_path", str(path), "--rest_port", str(free_port())])
    assert done.returncode == 1
    assert words in done.stderr


def test_several_loaders_beside_a_model(tmp_path: Path, add_one: Path, front: FrontendChoice) -> None:
    model_loaders.write(tmp_path)
    entries = [
        configuration.model("m", add_one),
        {"config": {"name": "wide", "mil_config": "mil_config.json", "workers": 2}},
        {"config": {"name": "clip", "mil_config": "mil_config.json", "model_loader": CLIP, "batch_size": 4}},
        {"config": {"name": "none", "mil_config": "mil_config.json", "model_loader": "Nobody"}},
    ]
    path = tmp_path / "config.json"
    configuration.write(path, configuration.document(entries))
    with ovserve.Server(path, rest_port=0, grpc_frontend=front) as server:
        url = f"http://127.0.0.1:{server.rest_port}"
        wide = post(f"{url}/predictions/wide", message("wide", Base_64=picture(size=(60, 1))))
        assert wide.json["Fs"][0]["Cs"] == 0.6
        request = message("clip", Prompt=[["blue"]], Base_64=picture((0, 0, 255)))
        clip = post(f"{url}/v1/models/clip:predict", request)
        assert clip.json["Fs"][0]["Lb"] == "blue"
        assert post(f"{url}/predictions/none", message()).status == 404
        assert ask(f"{url}/docs").status == 400  # endpoints come with a mil_config.json alone
