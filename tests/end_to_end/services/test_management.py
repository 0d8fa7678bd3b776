"""The management API: the life of a service, and the texts and codes that TorchServe's clients know."""

import json
from pathlib import Path

import pytest

from harness.service_server import ServiceServer, archive, ask, write_service

NOOP = """
    def handle(data, context):
        if data is None:
            return None
        if context.get_all_request_header(0).get("describe"):
            return [{"what": "noop"}]
        return [context.model_name] * len(data)
"""
BROKEN = """
    import a_module_that_nobody_has

    def handle(data, context):
        return data
"""


def test_the_life_of_a_service(server: ServiceServer, store: Path) -> None:
    archive(store, "life", NOOP)
    registered = server.manage("/models?url=life.mar", "POST")
    assert (registered.status, registered.json["status"]) == (
        200,
        'Model "life" Version: 1.0 registered with 0 initial workers.'
        " Use scale workers API to add workers for the model.",
    )
    without = server.predict("life")
    assert (without.status, without.json["type"]) == (503, "ServiceUnavailableException")
    assert without.message.startswith('Model "life" has no worker to serve inference request.')

    begun = server.manage("/models/life?min_worker=1", "PUT")
    assert (begun.status, begun.json) == (202, {"status": "Processing worker updates..."})
    scaled = server.manage("/models/life?min_worker=2&synchronous=true", "PUT")
    assert (scaled.status, scaled.json["status"]) == (200, "Workers scaled to 2 for model: life")
    assert server.predict("life").body == b"life"

    (described,) = server.describe("life")
    assert described["modelUrl"] == "life.mar"
    assert (described["minWorkers"], described["maxWorkers"], described["state"]) == (2, 2, "READY")
    assert [worker["status"] for worker in described["workers"]] == ["READY", "READY"]
    assert described["jobQueueStatus"] == {"remainingCapacity": 100, "pendingRequests": 0}
    assert not described["loadedAtStartup"]
    (customized,) = server.describe("life", query="?customized=true")
    assert customized["customizedMetadata"] == {"what": "noop"}

    removed = server.manage("/models/life", "DELETE")
    assert (removed.status, removed.json["status"]) == (200, 'Model "life" unregistered')
    assert server.predict("life").status == 404
    assert server.manage("/models/life").status == 404
    assert (store / "life.mar").is_file()


def test_versions(server: ServiceServer, store: Path) -> None:
    (store / "two").mkdir()
    one = archive(store, "many", NOOP).rename(store / "many1.mar")
    two = archive(store, "many", NOOP.replace("context.model_name", "'second'"), "2.0").rename(
        store / "many2.mar"
    )
    for path in (one, two):
        assert server.manage(f"/models?url={path.name}&initial_workers=1", "POST").status == 200
    again = server.manage("/models?url=many1.mar", "POST")
    assert (again.status, again.json["type"]) == (409, "ConflictStatusException")
    assert again.message == "Model version 1.0 is already registered for model many"

    assert server.predict("many").body == b"many"
    assert server.predict("many/2.0").body == b"second"
    kept = server.manage("/models/many/1.0", "DELETE")
    assert (kept.status, kept.json["type"]) == (403, "InvalidModelVersionException")
    assert kept.message == "Cannot remove default version for model many"
    chosen = server.manage("/models/many/2.0/set-default", "PUT")
    assert chosen.json["status"] == 'Default version successfully updated for model "many" to "2.0"'
    assert server.predict("many").body == b"second"
    assert [each["modelVersion"] for each in server.describe("many", "all")] == ["1.0", "2.0"]
    assert server.manage("/models/many/3.0/set-default", "PUT").status == 404
    scaled = server.manage("/models/many/1.0?min_worker=1&synchronous=true", "PUT")
    assert scaled.json["status"] == "Workers scaled to 1 for model: many, version: 1.0"
    assert server.manage("/models/many/1.0", "DELETE").status == 200
    assert server.manage("/models/many", "DELETE").status == 200


def test_a_service_that_does_not_load_leaves_nothing_behind(server: ServiceServer, store: Path) -> None:
    archive(store, "broken", BROKEN)
    answer = server.manage("/models?url=broken.mar&initial_workers=1", "POST")
    assert answer.status == 500
    assert answer.message.startswith("Failed to start workers for model broken version: 1.0")
    assert "a_module_that_nobody_has" in answer.message
    assert server.manage("/models/broken").status == 404

    # Without waiting for it, describe has the first traceback.
    assert server.manage("/models?url=broken.mar&initial_workers=1&synchronous=false", "POST").status == 202
    scaled = server.manage("/models/broken?min_worker=1&synchronous=true", "PUT")
    assert scaled.status == 500
    (described,) = server.describe("broken")
    assert "a_module_that_nobody_has" in described["firstFailure"]["traceback"]
    assert described["state"] == "FAILED"
    assert server.predict("broken").status == 503
    assert ask(f"{server.url}/ping").status == 500
    assert ask(f"{server.url}/v2/models/broken/ready").status == 404
    assert server.manage("/models/broken", "DELETE").status == 200
    assert ask(f"{server.url}/ping").status == 200


def test_parameters_in_a_json_body(server: ServiceServer, store: Path) -> None:
    write_service(store, "by_json", NOOP)
    body = {
        "url": "by_json",
        "model_name": "other",
        "initial_workers": 1,
        "batch_size": 4,
        "max_batch_delay": 7,
    }
    answer = server.manage("/models", "POST", body=json.dumps(body).encode(), content_type="application/json")
    assert answer.json["status"] == 'Model "other" Version: 1.0 registered with 1 initial workers'
    (described,) = server.describe("other")
    assert (described["batchSize"], described["maxBatchDelay"]) == (4, 7)
    assert server.manage("/models/other/", "DELETE").status == 200


@pytest.mark.parametrize(
    ("path", "method", "status", "type", "message"),
    [
        ("/models", "POST", 400, "BadRequestException", "Parameter url is required."),
        ("/models?url=x&runtime=cobol", "POST", 400, "BadRequestException", "Invalid RuntimeType value: co"),
        ("/models?url=x&batch_size=no", "POST", 400, "BadRequestException", "Parameter batch_size must be"),
        ("/models?url=x&batch_size=0", "POST", 400, "BadRequestException", "Parameter batch_size must be"),
        ("/models?url=nothing.mar", "POST", 404, "ModelNotFoundException", "Model not found at: nothing.mar"),
        ("/models?url=../x.mar", "POST", 404, "ModelNotFoundException", "Relative path is not allowed in"),
        ("/models?url=/etc/passwd", "POST", 404, "ModelNotFoundException", "Model not found at: /etc/passwd"),
        ("/models?url=http://h/x.mar", "POST", 404, "ModelNotFoundException", "Given URL http://h/x.mar "),
        ("/models?url=file:///etc/x", "POST", 404, "ModelNotFoundException", "Given URL file:///etc/x does"),
        ("/models/nobody", "GET", 404, "ModelNotFoundException", "Model not found: nobody"),
        ("/models/nobody?min_worker=3&max_worker=2", "PUT", 400, "BadRequestException", "max_worker cannot"),
        ("/models/nobody?min_worker=1", "PUT", 404, "ModelNotFoundException", "Model not found: nobody"),
        ("/models/nobody", "DELETE", 404, "ModelNotFoundException", "Model not found: nobody"),
        ("/models/nobody", "POST", 405, "MethodNotAllowedException", "Requested method is not allowed"),
        ("/models", "DELETE", 405, "MethodNotAllowedException", "Requested method is not allowed"),
        ("/predictions/x", "POST", 404, "ResourceNotFoundException", "Requested resource is not found"),
        ("/token?type=inference", "GET", 404, "ResourceNotFoundException", "Requested resource is not found"),
    ],
)  # fmt: skip
def test_refusals(
    server: ServiceServer, path: str, method: str, status: int, type: str, message: str
) -> None:
    answer = server.manage(path, method)
    assert (answer.status, answer.json["code"], answer.json["type"]) == (status, status, type)
    assert answer.message.startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no archive", "neither a zip"),
        (b"PK\x03\x04 broken", ""),
    ],
)
def test_bad_archives(server: ServiceServer, store: Path, content: bytes, message: str) -> None:
    (store / "bad.mar").write_bytes(content)
    answer = server.manage("/models?url=bad.mar", "POST")
    assert (answer.status, answer.json["type"]) == (400, "InvalidModelException")
    assert str(store) not in answer.message


def test_lists_come_in_pages(server: ServiceServer, store: Path) -> None:
    write_service(store, "listed", NOOP)
    names = [f"listed{i}" for i in range(5)]
    for name in names:
        assert server.manage(f"/models?url=listed&model_name={name}", "POST").status == 200
    seen, token = [], "0"
    for _ in range(10):
        page = server.manage(f"/models?limit=2&next_page_token={token}").json
        seen += [model["modelName"] for model in page["models"]]
        if "nextPageToken" not in page:
            break
        token = page["nextPageToken"]
    assert seen == sorted(seen)
    assert set(names) <= set(seen)
    assert {"modelName": "listed0", "modelUrl": "listed"} in server.manage("/models").json["models"]
    for name in names:
        assert server.manage(f"/models/{name}", "DELETE").status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "[::1]:1"}, 200),
        ({"Host": "rebound.example"}, 403),
        ({"Origin": "http://page.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_no_web_page_manages(server: ServiceServer, headers: dict[str, str], status: int) -> None:
    answer = server.manage("/models", headers=headers)
    assert answer.status == status
    assert "access-control-allow-origin" not in {name.lower() for name in answer.headers}


def test_metrics(server: ServiceServer, store: Path) -> None:
    code = """
        def handle(data, context):
            if data is None:
                return None
            context.metrics.add_counter("Shown", 2)
            context.metrics.add_time("Wait", 12.5)
            return ["x"] * len(data)
    """
    write_service(store, "measured", code)
    assert server.manage("/models?url=measured&initial_workers=1", "POST").status == 200
    for _ in range(3):
        assert server.predict("measured").status == 200
    assert server.predict("measured/9").status == 404
    lines = server.metrics.splitlines()
    counted = [
        line for line in lines if line.startswith("ts_inference_requests_total") and '"measured"' in line
    ]
    assert counted
    assert counted[0].startswith('ts_inference_requests_total{model_name="measured",model_version="1.0",')
    assert counted[0].endswith(" 3")
    assert any(line.startswith("Shown{") and line.endswith(" 6") for line in lines)
    assert any(line.startswith("Wait{") and line.endswith(" 12.5") for line in lines)
    one = ask(f"http://127.0.0.1:{server.metrics_port}/metrics?name[]=QueueTime").body.decode()
    assert {line.split("{")[0] for line in one.splitlines() if line[0] != "#"} == {"QueueTime"}
    assert ask(f"http://127.0.0.1:{server.metrics_port}/models").status == 404
    assert server.manage("/models/measured", "DELETE").status == 200
