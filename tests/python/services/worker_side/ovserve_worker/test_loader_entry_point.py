"""Model loaders in real workers, from files as their users write them."""

import json
import textwrap
from typing import Any

import pytest

from harness import model_loaders
from harness.model_loaders import message, picture
from harness.services import Services
from ovserve.services import Service

DETECTO, CLIP = "CustomDetectoModelLoader", "CustomClipModelLoader"

HOSTILE = """
    import os, time
    from modelloader.base_model_loader import BaseModelLoader

    class CustomModelLoader(BaseModelLoader):
        def __init__(self, config, model_name):
            super().__init__(config, model_name)
            {init}

        def predict_request(self, request):
            answer = super().predict_request(request)
            {body}
            return answer

        def predict(self, image, threshold):
            return [threshold]
"""


def start(
    services: Services, class_name: str, code: str = model_loaders.CUSTOM_MODEL_LOADER, **settings: Any
) -> Service:
    folder = services.folder(settings.pop("name", "model"))
    model_loaders.write(folder, code=code)
    return services.start(model_dir=folder, loader=loader(class_name, str(folder)), **settings)


def loader(class_name: str, folder: str) -> dict[str, Any]:
    return {
        "module": "custom_model_loader",
        "class_name": class_name,
        "method": "predict_request",
        "section": class_name,
        "config": model_loaders.configuration(),
        "search_path": folder,
    }


def hostile(services: Services, body: str = "pass", init: str = "pass", **settings: Any) -> Service:
    return start(
        services, "CustomModelLoader", textwrap.dedent(HOSTILE).format(body=body, init=init), **settings
    )


def ask(services: Services, service: Service, request: Any) -> tuple[int, dict[str, Any]]:
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    reply = services.ask(service, body, content_type="application/json")
    assert reply.content_type == "application/json"
    answer = json.loads(bytes(reply.body))
    assert answer["Rc"] == str(reply.status)
    return reply.status, answer


def test_a_loader_with_only_a_constructor(services: Services) -> None:
    service = start(services, DETECTO)
    mtp = [{"Etime": "e", "Src": "camera", "Stime": "s"}]
    status, answer = ask(services, service, message(Model="whatever", Mtp=mtp))
    assert status == 200
    assert [(item["Cs"], item["Lb"]) for item in answer["Fs"]] == [(0.4, "wide")]
    assert answer["Mtp"][0] == mtp[0]
    assert answer["Mtp"][1]["Src"] == "whatever"
    assert (answer["Tid"], answer["Ad"], answer["Rm"]) == ("tenant", {"key": "value"}, "Success")
    assert ask(services, service, message(C_threshold="0.5"))[1]["Fs"] == []


def test_a_loader_with_a_prompt(services: Services) -> None:
    service = start(services, CLIP)
    request = message(Prompt=[["red", "green"]], Base_64=picture((204, 51, 0)))
    found = ask(services, service, request)[1]["Fs"]
    assert [(item["Lb"], item["Cs"]) for item in found] == [("red", 0.8)]


def test_a_batch_keeps_its_requests_apart(services: Services) -> None:
    service = start(services, DETECTO, batch_size=3, max_batch_delay_s=30.0)
    bodies = [message(Base_64=picture(size=(80, 1))), message(Base_64="%"), message()]
    begun = [
        services.begin(service, json.dumps(body).encode(), content_type="application/json") for body in bodies
    ]
    replies = [each.result(60) for each in begun]
    assert [reply.status for reply in replies] == [200, 400, 200]
    assert [json.loads(bytes(replies[i].body))["Fs"][0]["Cs"] for i in (0, 2)] == [0.8, 0.4]


@pytest.mark.parametrize(
    ("request_", "status", "word"),
    [
        (b"{", 400, "no JSON"),
        (b"[]", 422, "object"),
        ({name: value for name, value in message().items() if name != "Prompt"}, 422, "Prompt is missing"),
        (message(Base_64="no base64!"), 400, "Base_64"),
        (message(Base_64=7), 422, "Base_64 must be a string"),
        (message(C_threshold="much"), 422, "C_threshold"),
        (message(C_threshold=True), 422, "C_threshold"),
        (message(C_threshold="nan"), 422, "C_threshold"),
        (message(Mtp=["x"]), 422, "Mtp must be a list of objects"),
        (message(Ad=[]), 422, "Ad"),
    ],
)
def test_refusals_name_the_member(services: Services, request_: Any, status: int, word: str) -> None:
    service = start(services, DETECTO)
    got, answer = ask(services, service, request_)
    assert got == status
    assert word in answer["Rm"]
    assert answer["Fs"] == []


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ("raise ValueError('secret')", 500, "Prediction failed"),
        ("del answer['Img_url']", 500, "Invalid answer of the model loader"),
        ("answer['Fs'] = None", 500, "Invalid answer of the model loader"),
        ("answer['Fs'] = [object()]", 500, "Invalid answer of the model loader"),
        ("answer['Fs'] = [float('nan')]", 500, "Invalid answer of the model loader"),
        ("return 7", 500, "Invalid answer of the model loader"),
        ("answer.update(Rc='503', Rm='not now')", 503, "not now"),
        ("answer['Extra'] = object()", 200, "Success"),
        ("import numpy; answer['Fs'] = [{'Cs': numpy.float32(0.5)}]", 200, "Success"),
    ],
)
def test_what_a_loader_returns(services: Services, body: str, status: int, text: str) -> None:
    service = hostile(services, body)
    got, answer = ask(services, service, message())
    assert (got, answer["Rm"]) == (status, text)
    assert "Extra" not in answer
    assert answer["Tid"] == "tenant"


def test_unknown_members_do_not_reach_the_loader_and_the_threshold_is_a_number(services: Services) -> None:
    service = hostile(services, "answer['Fs'] = [sorted(request), request['C_threshold']]")
    names, threshold = ask(services, service, message(Img_url="x", C_threshold="0.5"))[1]["Fs"]
    assert names == sorted(message())
    assert threshold == 0.5


@pytest.mark.parametrize("body", ["os._exit(3)", "os.abort()", "raise SystemExit"])
def test_a_loader_that_ends_its_worker_gets_another(services: Services, body: str) -> None:
    service = hostile(services, f"if request['Fid'] == 'die': {body}")
    failure = services.failure(
        service, json.dumps(message(Fid="die")).encode(), content_type="application/json"
    )
    assert (failure.status, failure.message) == (500, "Worker died.")
    assert ask(services, service, message())[0] == 200


def test_a_loader_that_hangs_is_replaced(services: Services) -> None:
    service = hostile(services, "if request['Fid'] == 'hang': time.sleep(3600)", response_timeout_s=1.0)
    failure = services.failure(
        service, json.dumps(message(Fid="hang")).encode(), content_type="application/json"
    )
    assert failure.status == 500
    assert ask(services, service, message())[0] == 200


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"class_name": "CustomNoModelLoader"}, "no class 'CustomNoModelLoader'"),
        ({"method": "predict_requests"}, "no method 'predict_requests'"),
        ({"section": "nowhere"}, "KeyError"),
        ({"module": "no_such_loader"}, "no_such_loader"),
    ],
)
def test_a_loader_that_cannot_be_made(services: Services, members: dict[str, str], word: str) -> None:
    folder = services.folder()
    model_loaders.write(folder)
    service = services.add(
        model_dir=folder, loader={**loader(DETECTO, str(folder)), **members}, max_retry_s=0
    )
    failure = services.scale_result(service).failure
    assert failure is not None
    assert word in failure.traceback


def test_a_loader_without_a_constructor_is_refused(services: Services) -> None:
    code = "from modelloader.base_model_loader import BaseModelLoader\nclass M(BaseModelLoader):\n    pass\n"
    folder = services.folder()
    model_loaders.write(folder, code=code)
    service = services.add(model_dir=folder, loader=loader("M", str(folder)), max_retry_s=0)
    failure = services.scale_result(service).failure
    assert failure is not None
    assert "must define __init__" in failure.message
