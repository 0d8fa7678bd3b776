"""Services in the configuration file: beside models, followed while the server runs."""

import json
import textwrap
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ovserve
from harness import configuration
from harness.grpc_client import KSERVE, GrpcClient
from harness.protos import Protos
from harness.service_server import ask
from ovserve.config.frontend import FrontendChoice

CODE = """
    import os
    import time

    def handle(data, context):
        if data is None:
            return None
        time.sleep(0.02)  # so that two workers share four requests
        return ["{answer} %d" % os.getpid()] * len(data)
"""


def folder_of(directory: Path, name: str, code: str) -> Path:
    folder = directory / name
    folder.mkdir()
    (folder / "service.py").write_text(textwrap.dedent(code))
    return folder


def service(name: str, folder: Path, **keys: object) -> dict[str, object]:
    return {"config": {"name": name, "base_path": str(folder), "handler": "service:handle", **keys}}


def until(holds: Callable[[], bool]) -> None:
    """Wait for what only a defect delays."""
    for _ in range(6000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to be")


def test_services_follow_the_file(tmp_path: Path, add_one: Path, front: FrontendChoice) -> None:
    first = folder_of(tmp_path, "first", CODE.format(answer="first"))
    second = folder_of(tmp_path, "second", CODE.format(answer="second"))
    path = tmp_path / "config.json"
    model = configuration.model("m", add_one)
    configuration.write(path, configuration.document([model, service("s", first)]))
    with ovserve.Server(path, rest_port=0, poll_interval_s=0.05, grpc_frontend=front) as server:
        url = f"http://127.0.0.1:{server.rest_port}"

        def answer(name: str = "s") -> str:
            found = ask(f"{url}/predictions/{name}", b"")
            return found.body.decode() if found.status == 200 else str(found.status)

        before = answer()
        assert before.startswith("first ")
        assert ask(f"{url}/v2/models/s/ready").status == 200
        assert ask(f"{url}/v2/models/m/ready").status == 200

        # more workers: the one that is there stays
        configuration.write(path, configuration.document([model, service("s", first, workers=2)]))
        with ThreadPoolExecutor(4) as pool:
            until(lambda: len({*pool.map(answer, ["s"] * 4)}) == 2)
        assert Path("/proc", before.split(" ")[1]).exists()

        # one more service
        configuration.write(path, configuration.document([model, service("s", first), service("t", second)]))
        until(lambda: answer("t").startswith("second "))

        # none any more: the name is free, and unknown to all APIs
        configuration.write(path, configuration.document([model]))
        until(lambda: answer() == "404" and answer("t") == "404")
        assert ask(f"{url}/v2/models/s/ready").status == 404


def test_a_changed_service_is_replaced_without_a_gap(tmp_path: Path, front: FrontendChoice) -> None:
    folder = folder_of(tmp_path, "s", CODE.format(answer="old"))
    path = tmp_path / "config.json"
    configuration.write(path, configuration.document([service("s", folder)]))
    with ovserve.Server(path, rest_port=0, poll_interval_s=0.05, grpc_frontend=front) as server:
        url = f"http://127.0.0.1:{server.rest_port}/predictions/s"
        bad: list[bytes] = []
        seen: set[str] = set()
        stop = threading.Event()

        def keep_asking() -> None:
            while not stop.is_set():
                found = ask(url, b"")
                if found.status != 200:
                    bad.append(found.body)
                seen.add(found.body.decode().split(" ")[0])

        askers = [threading.Thread(target=keep_asking) for _ in range(4)]
        for asker in askers:
            asker.start()
        (folder / "service.py").write_text(textwrap.dedent(CODE.format(answer="new")))
        configuration.write(
            path, configuration.document([service("s", folder, batch_size=2, max_batch_delay=1)])
        )
        until(lambda: "new" in seen)
        # one that does not load: the old one stays
        (folder / "service.py").write_text("import nothing_of_that_name")
        configuration.write(path, configuration.document([service("s", folder, batch_size=3)]))
        report = server.reload()
        stop.set()
        for asker in askers:
            asker.join()
        assert [failure.model for failure in report.failures] == ["s"]
        assert "nothing_of_that_name" in report.failures[0].cause
        assert not bad
        assert ask(url, b"").body.startswith(b"new")


def test_what_cannot_be_loaded_keeps_nobody_out(tmp_path: Path, add_one: Path) -> None:
    good = folder_of(tmp_path, "good", CODE.format(answer="good"))
    entries = [
        service("missing", tmp_path / "nothing"),
        service("good", good),
        configuration.model("m", add_one),
    ]
    with ovserve.Server(configuration.document(entries), rest_port=0) as server:
        url = f"http://127.0.0.1:{server.rest_port}"
        assert ask(f"{url}/predictions/good", b"").status == 200
        assert ask(f"{url}/predictions/missing", b"").status == 404
        assert server.infer("m", {"b": np.ones((1, 10), np.float32)})
        assert [failure.model for failure in server.reload().failures] == ["missing"]


def test_handlers_run_models_of_the_server(tmp_path: Path, add_one: Path, front: FrontendChoice) -> None:
    code = """
        import json
        import numpy as np
        from ovserve_worker.exceptions import InferError

        def handle(data, context):
            if data is None:
                return None
            answers = []
            for row in data:
                try:
                    asked = row["body"]
                    outputs = context.infer(asked["model"], {"b": np.array([asked["b"]], np.float32)})
                    answers.append({name: array.tolist() for name, array in outputs.items()})
                except InferError as error:
                    answers.append({"code": error.code})
            return answers
    """
    folder = folder_of(tmp_path, "around", code)
    entries = [configuration.model("m", add_one), service("around", folder)]
    with ovserve.Server(configuration.document(entries), rest_port=0, grpc_frontend=front) as server:
        url = f"http://127.0.0.1:{server.rest_port}/predictions/around"

        def answer(**body: object) -> object:
            return ask(url, json.dumps(body).encode(), content_type="application/json").json

        (output,) = server.infer("m", {"b": np.zeros((1, 10), np.float32)})
        assert answer(model="m", b=[1.0] * 10) == {output: [[3.0] * 10]}
        assert answer(model="nobody", b=[1.0] * 10) == {"code": 404}
        assert answer(model="m", b=[1.0] * 3) == {"code": 400}


def test_predictions_of_models_that_the_server_runs_itself(add_one: Path, front: FrontendChoice) -> None:
    entries = [configuration.model("m", add_one)]
    with ovserve.Server(configuration.document(entries), rest_port=0, grpc_frontend=front) as server:
        url = f"http://127.0.0.1:{server.rest_port}/predictions"
        rows = [[1.0] * 10]
        (output,) = server.infer("m", {"b": np.zeros((1, 10), np.float32)})
        json_type = "application/json"

        def predict(path: str, document: object) -> dict[str, object]:
            found: dict[str, object] = ask(
                f"{url}/{path}", json.dumps(document).encode(), content_type=json_type
            ).json
            return found

        assert predict("m", {"instances": rows})["predictions"] == [[3.0] * 10]
        assert predict("m", rows)["predictions"] == [[3.0] * 10]
        assert predict("m/2", {"inputs": {"b": rows}})["outputs"] == [[3.0] * 10]
        tensor = {"name": "b", "datatype": "FP32", "shape": [1, 10], "data": rows[0]}
        assert predict("m", {"inputs": [tensor]})["outputs"][0]["data"] == [3.0] * 10  # type: ignore[index]
        raw = ask(f"{url}/m", np.ones((1, 10), np.float32).tobytes(), content_type="application/octet-stream")
        assert raw.json["outputs"][0]["name"] == output
        assert raw.json["outputs"][0]["data"] == [3.0] * 10
        short = ask(f"{url}/m", b"abc", content_type="application/octet-stream")
        assert (short.status, short.json["type"]) == (400, "BadRequestException")
        assert ask(f"{url}/m/9", b"[]", content_type=json_type).status == 404
        assert ask(f"{url}/m", b"no json", content_type=json_type).status == 400
        assert ask(f"{url}/n", b"[]", content_type=json_type).json["type"] == "ModelNotFoundException"


@pytest.mark.parametrize("key", ["archive", "base_path"])
def test_a_name_that_is_taken(tmp_path: Path, add_one: Path, key: str) -> None:
    folder = folder_of(tmp_path, "s", CODE.format(answer="s"))
    entry = {"config": {"name": "m", key: str(folder), "handler": "service:handle"}}
    entries = [configuration.model("m", add_one), entry]
    with ovserve.Server(configuration.document(entries), rest_port=0) as server:
        url = f"http://127.0.0.1:{server.rest_port}/v2/models/m"
        assert ask(url).json["platform"] != "ovserve_python"


def test_services_of_the_file_over_grpc(tmp_path: Path, front: FrontendChoice, protos: Protos) -> None:
    folder = folder_of(
        tmp_path, "s", "def handle(data, context):\n    return data and ['hello'] * len(data)\n"
    )
    path = tmp_path / "config.json"
    configuration.write(path, configuration.document([service("s", folder)]))
    # Without REST, too: what is passed on over gRPC needs none.
    with ovserve.Server(path, grpc_frontend=front) as server:
        request = protos["inference.ModelInferRequest"](model_name="s")
        package = "org.pytorch.serve.grpc.inference"
        prediction = protos[f"{package}.PredictionsRequest"](model_name="s", input={"data": b"x"})
        with GrpcClient(f"127.0.0.1:{server.grpc_port}", protos) as client:
            call = (KSERVE, "ModelInfer", request, "inference.ModelInferResponse")
            inferred = client.call(*call)
            predicted = client.call(
                f"{package}.InferenceAPIsService", "Predictions", prediction, f"{package}.PredictionResponse"
            )
            assert inferred.raw_output_contents[0][4:] == predicted.prediction == b"hello"
            request.model_name = "nobody"
            code, text = client.refusal(*call)
            assert (code, text) == ("NOT_FOUND", "Model with requested name is not found")


SAYS = """
    def handle(data, context):
        return data and ["{answer}"] * len(data)
"""


class Crowd:
    """Asks a service without a pause, and counts what comes back."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self.answers: list[tuple[int, bytes]] = []  # guarded by _lock
        self._threads = [threading.Thread(target=self._ask) for _ in range(4)]

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._ended.is_set():
            answer = ask(self._url, b"x", content_type="text/plain")
            with self._lock:
                self.answers.append((answer.status, answer.body))

    def has_heard(self, body: bytes) -> bool:
        with self._lock:
            return any(answer[1] == body for answer in self.answers[-4:])


def test_changes_without_a_gap(
    tmp_path: Path, front: FrontendChoice, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    path = tmp_path / "config.json"

    def serve(answer: str, **keys: Any) -> None:
        folder = folder_of(tmp_path, answer, SAYS.format(answer=answer))
        configuration.write(path, configuration.document([service("s", folder, **keys)]))

    serve("one", version="1")
    with ovserve.Server(path, rest_port=0, grpc_frontend=front, poll_interval_s=0) as server:
        with Crowd(f"http://127.0.0.1:{server.rest_port}/predictions/s") as crowd:
            eventually(lambda: crowd.has_heard(b"one"))
            for answer, keys in (("two", {"version": "1"}), ("three", {"version": "2"}), ("four", {})):
                serve(answer, **keys)
                assert not server.reload().failures
                eventually(lambda answer=answer: crowd.has_heard(answer.encode()))  # type: ignore[misc]
            for broken in ("nothing", "wrong"):
                if broken == "wrong":
                    folder_of(tmp_path, broken, "def handle(:")
                entry = service("s", tmp_path / broken, version="3")
                configuration.write(path, configuration.document([entry]))
                assert server.reload().failures
                crowd.answers.clear()
                eventually(lambda: crowd.has_heard(b"four"))
        assert {status for status, _ in crowd.answers} == {200}
        versions = ask(f"http://127.0.0.1:{server.rest_port}/v2/models/s").json["versions"]
        assert len(versions) == 1
