"""The native core as Python sees it."""

import ast
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import openvino as ov
import pytest

import ovserve
from harness import models
from ovserve import _core, errors
from ovserve._core import Core, LoaderConfig, ModelConfig, ModelOptions, VersionPolicy

STUB = Path(errors.__file__).with_name("_core.pyi")


def test_the_stub_matches_the_module() -> None:
    for node in ast.parse(STUB.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            assert callable(getattr(_core, node.name))
        if isinstance(node, ast.ClassDef) and "TypedDict" not in map(ast.unparse, node.bases):
            members = {member.name for member in node.body if isinstance(member, ast.FunctionDef)}
            members |= {
                m.target.id
                for m in node.body
                if isinstance(m, ast.AnnAssign) and isinstance(m.target, ast.Name)
            }
            real = {name for name in vars(getattr(_core, node.name)) if not name.startswith("_")}
            assert members - {"__init__"} == real, node.name


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Core]:
    """Identity models of all types, a model with two inputs, and ``any`` with a dynamic batch."""
    folder = tmp_path_factory.mktemp("models")
    written = {dtype: models.identity(ov.Type(np.dtype(dtype))) for dtype in models.DTYPES}
    written["bfloat16"] = models.identity(ov.Type.bf16)
    written["string"] = models.string_identity()
    written["two"] = models.two_inputs()
    written["any"] = models.add_constant(shape=(-1, 10))
    core = Core()
    result = core.apply(
        [], [entry(name, models.write(m, folder / name)) for name, m in written.items()], True, True
    )
    assert [failure.cause for failure in result.failures] == []
    assert result.changed
    yield core
    assert core.stop(30.0)


def entry(name: str, base_path: Path, *versions: int, **keys: Any) -> ModelConfig:
    found = {version: str(base_path / str(version)) for version in versions or (1,)}
    options = ModelOptions(plugin_config={"INFERENCE_PRECISION_HINT": "f32"})
    return ModelConfig(name, str(base_path), options, VersionPolicy.latest(), found, **keys)


@pytest.mark.parametrize("dtype", models.DTYPES)
def test_infer_of_every_dtype(core: Core, dtype: str) -> None:
    values = models.values_of(dtype)
    output = core.infer(dtype, {"x": values})["y"]
    assert output.dtype == values.dtype
    assert output.flags.owndata
    assert output.flags.writeable
    np.testing.assert_array_equal(output, values)


def test_infer_of_bf16(core: Core) -> None:
    values = np.array([[0, 1, 2], [3, -4, 0.5]], ml_dtypes.bfloat16)
    for given in (values, values.view(np.uint16)):
        output = core.infer("bfloat16", {"x": given})["y"]
        assert output.dtype == np.uint16
        np.testing.assert_array_equal(output.view(ml_dtypes.bfloat16), values)


@pytest.mark.parametrize(
    "given",
    [
        np.array(["one", "", "drei \u00e4"]),
        np.array([b"one", b"", "drei \u00e4".encode()]),
        np.array(["one", b"", "drei \u00e4"], object),
    ],
    ids=["str", "bytes", "objects"],
)
def test_infer_of_strings(core: Core, given: "np.ndarray[Any, Any]") -> None:
    output = core.infer("string", {"x": given})["y"]
    assert output.tolist() == [b"one", b"", "drei \u00e4".encode()]


@pytest.mark.parametrize(
    "view",
    [lambda a: a.T.copy().T, lambda a: np.repeat(a, 2, axis=1)[:, ::2], lambda a: a.astype(">f4")],
    ids=["column order", "strided", "big endian"],
)
def test_arrays_of_any_layout(core: Core, view: Any) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(core.infer("float32", {"x": view(values)})["y"], values)


def test_inputs_by_name(core: Core) -> None:
    x, y = np.full((1, 4), 3, np.float32), np.ones((1, 4), np.float32)
    outputs = core.infer("two", {"y": y, "x": x})
    assert list(outputs) == ["sum", "difference"]
    np.testing.assert_array_equal(outputs["difference"], x - y)


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({}, "Invalid number of inputs - Expected: 1; Actual: 0"),
        ({"c": np.ones((1, 10), np.float32)}, "Missing input with specific name - Required input: b"),
        (
            {"b": np.ones((1, 10))},
            "Invalid input precision - Expected: FP32; Actual: FP64; input name: b",
        ),
        (
            {"b": np.ones((1, 10), np.complex64)},
            "Invalid input precision - Expected: FP32; Actual: complex64; input name: b",
        ),
        (
            {"b": np.ones((1, 11), np.float32)},
            "Invalid input shape - Expected: (-1,10); Actual: (1,11); input name: b",
        ),
        ({"b": np.array([None])}, "input b: an array of objects may hold only str and bytes, got NoneType"),
        ({7: np.ones(1)}, "inputs: expected names of type str, got int"),
    ],
)
def test_inputs_that_do_not_fit(core: Core, inputs: Any, text: str) -> None:
    with pytest.raises(errors.InvalidArgumentError) as caught:
        core.infer("any", inputs)
    assert str(caught.value) == text


def test_unknown_models_and_versions(core: Core) -> None:
    with pytest.raises(errors.NotFoundError, match="Model with requested name is not found"):
        core.infer("other", {})
    with pytest.raises(errors.NotFoundError, match="Model with requested version is not found"):
        core.status("any", 9)
    assert core.status("any", 1)[0].state == "AVAILABLE"
    assert core.model_ready("any")


def test_signature(core: Core) -> None:
    inputs, outputs = core.signature("any")
    assert [(t.name, t.precision, t.shape) for t in (*inputs, *outputs)] == [
        ("b", "FP32", [-1, 10]),
        ("a", "FP32", [-1, 10]),
    ]


def test_replies_are_bytes(core: Core) -> None:
    for reply in (core.kserve_server_live(b""), core.rest_config_status(), core.rest_status("any", None)):
        assert type(reply) is bytes
    assert core.kserve_server_live(b"") == b"\x08\x01"


def test_readiness_is_what_it_was_set_to() -> None:
    core = Core()
    assert not core.ready()
    core.set_ready(True)
    assert core.ready()
    assert core.kserve_server_ready(b"") == b"\x08\x01"


def test_error_texts_of_clients_need_not_be_text(core: Core) -> None:
    with pytest.raises(errors.InvalidArgumentError):
        core.tfs_predict(b"\xff\xff\xff")
    assert core.rest_error('"\udcff'.encode("utf-8", "replace").decode()) == b'{"error": "\\"?"}'


def test_after_stop_every_call_is_refused() -> None:
    core = Core()
    assert core.stop(5.0)
    assert core.stop(5.0), "a second stop gives the same answer"
    with pytest.raises(errors.UnavailableError, match="the server is stopping"):
        core.apply([], [], True, True)
    with pytest.raises(errors.UnavailableError):
        core.tfs_predict(b"")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Core(load_wait_s=-1.0),
        lambda: Core(loader_call_deadline_s=float("nan")),
        lambda: Core(load_threads=0),
        lambda: VersionPolicy.latest(0),
        lambda: ModelOptions(batch_size=(0, 4)),
        lambda: ModelOptions(batch_size=(4, 2)),
        lambda: ModelOptions(shapes={"b": [(1, 1), (4, 2)]}),
    ],
)
def test_values_that_mean_nothing(make: Any) -> None:
    with pytest.raises(errors.InvalidArgumentError):
        make()


def test_wrong_types_are_type_errors(core: Core) -> None:
    with pytest.raises(TypeError):
        core.tfs_predict(bytearray(b""))  # type: ignore[arg-type]


def test_a_forgotten_core_stops_by_itself(tmp_path: Path) -> None:
    core = Core()
    core.apply([], [entry("m", models.write(models.add_constant(), tmp_path / "m"))], True, True)
    del core


CORE_LOG_SCRIPT = """
import json, logging
from ovserve import _core

_core.set_log_level(logging.DEBUG)
core = _core.Core()
core.apply([_core.LoaderConfig("l", "/nothing.so")], [], True, True)
heard = _core.next_log_records(30.0)
_core.set_log_level(logging.CRITICAL)
core.apply([_core.LoaderConfig("l", "/nothing_else.so")], [], True, True)
print(json.dumps([heard, _core.next_log_records(0.0)]))
"""


def test_core_log_lines_arrive_with_level_and_name() -> None:
    # In a process of its own: in this one the log of a running server may take the lines first.
    script = [sys.executable, "-c", CORE_LOG_SCRIPT]
    output = subprocess.run(script, check=True, capture_output=True, text=True, timeout=120).stdout
    heard, unheard = json.loads(output)
    assert any(level == logging.ERROR and "/nothing.so" in text for level, _, text in heard)
    assert all(name.startswith("ovserve") for _, name, _ in heard)
    assert unheard == []


def test_version_is_the_packages() -> None:
    assert ovserve.__version__ == _core.__version__


def test_the_trace_of_loader_calls(hostile_library: Path, tmp_path: Path) -> None:
    """It holds what was asked, never the options, and outlives the core's end."""
    began = time.time()
    core = Core()
    loader = LoaderConfig("l", str(hostile_library), "blacklist=return_blacklisted")
    model = entry(
        "m", models.write(models.add_constant(), tmp_path), loader_name="l", loader_options='{"key":"secret"}'
    )
    core.apply([loader], [model], True, True)
    core.check_blacklist(True)
    assert core.stop(30.0)
    calls = core.loader_trace()
    asked = [(call["function"], call["model"], call["version"], call["result"]) for call in calls]
    assert asked[:3] == [
        ("loaderInit", None, None, "OK"),
        ("loadModel", "m", 1, "OK"),
        ("getModelBlacklistStatus", "m", 1, "MODEL_BLACKLISTED"),
    ]
    later = [function for function, *_ in asked[3:] if function != "getModelBlacklistStatus"]
    assert later == ["unloadModel", "retireModel", "loaderDeInit"]
    assert calls[0]["arguments"] == "loader_config_file blacklist=return_blacklisted"
    assert calls[1]["arguments"] == f"base_path {tmp_path}"
    assert {(call["loader"], call["library"]) for call in calls} == {("l", str(hostile_library))}
    assert len({call["thread"] for call in calls}) == 1
    assert calls[0]["thread"] != threading.get_native_id()
    for call in calls:
        assert began - 1 < call["start"] <= call["last_start"] < time.time() + 1
        assert 0 <= call["duration_s"] < time.time() - began + 1
        assert not call["running"]
        assert call["count"] >= 1
    assert "secret" not in str(calls)
