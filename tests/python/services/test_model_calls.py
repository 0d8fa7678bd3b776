"""Handlers that call models of the server: ``context.infer``."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import models
from harness.services import PATIENCE_S, Services
from ovserve._core import Core, ModelConfig, ModelOptions, VersionPolicy
from ovserve.errors import InvalidArgumentError, NotFoundError, UnavailableError

Eventually = Callable[[Callable[[], bool]], None]

CALLER = """
    import json
    import numpy as np
    from ovserve_worker.exceptions import InferError

    def handle(data, context):
        if data is None:
            return None
        name, version, size = json.loads(bytes(data[0]["body"]))
        try:
            inputs = {"x": np.arange(size, dtype=np.float32), "text": ["a", "bc"]}
            outputs = context.infer(name, inputs, version)
        except InferError as error:
            return [[error.code, str(error)]]
        outputs["y"][0] += 0  # can be written to
        return [{name: shown(value) for name, value in outputs.items()}]

    def shown(value):
        content = value[0].decode() if value.dtype == object else float(value.sum())
        return [str(value.dtype), list(value.shape), content]
"""


def double(name: str, inputs: Mapping[str, Any], version: int | None) -> dict[str, Any]:
    if name == "missing":
        raise NotFoundError(f"no model {name!r}")
    if name == "busy":
        raise UnavailableError("later")
    if name == "bad":
        raise InvalidArgumentError("not like this")
    if name == "broken":
        raise ZeroDivisionError
    assert name == "net"
    assert version in (None, 3)
    assert inputs["text"].tolist() == [b"a", b"bc"]
    return {"y": inputs["x"] * 2, "text": np.array([b"q"])}


@pytest.mark.parametrize("size", [3, 500_000])
@pytest.mark.parametrize("version", [None, 3])
def test_a_handler_gets_the_outputs_of_a_model(tmp_path: Path, size: int, version: int | None) -> None:
    with Services(tmp_path, double) as services:
        service = services.start(CALLER)
        reply = services.ask(service, json.dumps(["net", version, size]).encode())
        total = float((np.arange(size, dtype=np.float32) * 2).sum())
        assert json.loads(bytes(reply.body)) == {
            "y": ["float32", [size], total],
            "text": ["object", [1], "q"],
        }


@pytest.mark.parametrize(
    ("model", "code", "text"),
    [
        ("missing", 404, "no model 'missing'"),
        ("busy", 503, "later"),
        ("bad", 400, "not like this"),
        ("broken", 500, "model 'broken' failed"),
    ],
)
def test_a_model_that_does_not_answer_is_an_error_in_the_handler(
    tmp_path: Path, model: str, code: int, text: str
) -> None:
    with Services(tmp_path, double) as services:
        service = services.start(CALLER)
        reply = services.ask(service, json.dumps([model, None, 1]).encode())
        assert json.loads(bytes(reply.body)) == [code, text]
        assert json.loads(bytes(services.ask(service, b'["net", 3, 1]').body))["y"][1] == [1]


def test_without_models_a_call_says_so(services: Services) -> None:
    service = services.start(CALLER)
    code, text = json.loads(bytes(services.ask(service, b'["net", null, 1]').body))
    assert code == 501
    assert "serves no models" in text


def test_calls_may_come_from_several_threads_of_a_handler(tmp_path: Path) -> None:
    with Services(tmp_path, double) as services:
        service = services.start(
            """
            from concurrent.futures import ThreadPoolExecutor
            import numpy as np

            def handle(data, context):
                if data is None:
                    return None
                def call(n):
                    inputs = {"x": np.full(n, n, "float32"), "text": ["a", "bc"]}
                    return float(context.infer("net", inputs)["y"][0])
                with ThreadPoolExecutor(8) as threads:
                    return [list(threads.map(call, range(1, 41)))]
            """
        )
        assert json.loads(bytes(services.ask(service).body)) == [2.0 * n for n in range(1, 41)]


def test_a_model_that_takes_long_delays_no_other_service(tmp_path: Path, eventually: Eventually) -> None:
    called, go_on = threading.Event(), threading.Event()

    def slow(name: str, inputs: Mapping[str, Any], version: int | None) -> dict[str, Any]:
        called.set()
        assert go_on.wait(PATIENCE_S)
        return {"y": inputs["x"]}

    with Services(tmp_path, slow) as services:
        service = services.start(CALLER)
        other = services.start("def handle(d, c): return ['x'] if d else None", name="other")
        waiting = services.begin(service, b'["net", null, 2]')
        assert called.wait(PATIENCE_S)
        assert bytes(services.ask(other).body) == b"x"
        go_on.set()
        assert json.loads(bytes(waiting.result(PATIENCE_S).body)) == {"y": ["float32", [2], 1.0]}


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    """Serves ``any``, float32 [?, 10] plus one, and ``string``, which gives texts back."""
    core = Core()
    written = {"any": models.add_constant(shape=(-1, 10)), "string": models.string_identity(2)}
    entries = [
        ModelConfig(
            name,
            str(models.write(model, tmp_path / name)),
            ModelOptions(),
            VersionPolicy.latest(),
            {1: str(tmp_path / name / "1")},
        )
        for name, model in written.items()
    ]
    assert [failure.cause for failure in core.apply([], entries, True, True).failures] == []
    yield core
    assert core.stop(30.0)


@pytest.mark.parametrize("rows", [1, 20_000])
def test_a_handler_calls_models_of_the_real_core(tmp_path: Path, core: Core, rows: int) -> None:
    def infer(name: str, inputs: Mapping[str, Any], version: int | None) -> dict[str, Any]:
        return core.infer(name, inputs, version)

    with Services(tmp_path, infer) as services:
        service = services.start(
            """
            import numpy as np
            from ovserve_worker.exceptions import InferError

            def handle(data, context):
                if data is None:
                    return None
                rows = int(bytes(data[0]["body"]))
                given = np.arange(rows * 10, dtype=np.float32).reshape(rows, 10)
                got = context.infer("any", {"b": given})["a"]
                texts = context.infer("string", {"x": ["one", "two"]}, 1)["y"]
                try:
                    context.infer("any", {"b": given}, 7)
                except InferError as error:
                    return [[bool((got == given + 1).all()), [t.decode() for t in texts], error.code]]
            """
        )
        reply = services.ask(service, b"%d" % rows)
        assert json.loads(bytes(reply.body)) == [True, ["one", "two"], 404]
