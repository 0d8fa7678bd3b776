"""Whatever a Python loader does, what comes out is one error that names it, and the traceback in the log."""

import logging

import pytest

from ovserve.errors import FailedPreconditionError, InternalError
from ovserve.loaders.guarded_loader import GuardedLoader, create

from .conftest import WriteLoader

GOOD = 'return ovserve.ModelBuffers("IR", b"<net/>", b"weights")'


def loader(path: str) -> GuardedLoader:
    return create("mine", path, "settings.json")


def load(path: str, options: str = '{"loader_name":"mine"}') -> tuple[str, bytes, bytes]:
    kind, model, weights = loader(path).load("m", "/models/m", 3, options)
    return kind, bytes(model), bytes(weights)


def body(load_model: str, more: str = "") -> str:
    return f"def load_model(self, name, base_path, version, options):\n    {load_model}\n{more}"


def test_calls_reach_the_object(write_loader: WriteLoader) -> None:
    path = write_loader(
        """
        calls = []
        def init(self, config_file): self.calls.append(("init", config_file))
        def load_model(self, name, base_path, version, options):
            self.calls.append(("load_model", name, base_path, version, options))
            return ovserve.ModelBuffers("ONNX", bytearray(b"onnx"))
        def blacklist_status(self, name, version):
            self.calls.append(("blacklist_status", name, version))
            return ovserve.BlacklistStatus.BLACKLISTED
        def unload_model(self, name, version): self.calls.append(("unload_model", name, version))
        def retire_model(self, name): self.calls.append(("retire_model", name))
        def deinit(self): self.calls.append(("deinit",))
        """
    )
    guarded = loader(path)
    kind, model, weights = guarded.load("m", "/models/m", 3, '{"loader_name":"mine","deep":{"list":[1,2.5]}}')
    assert (kind, bytes(model), bytes(weights)) == ("ONNX", b"onnx", b"")
    assert guarded.blacklisted("m", 3)
    guarded.unload("m", 3)
    guarded.retire("m")
    guarded.deinit()
    assert guarded._loader.calls == [  # type: ignore[attr-defined]
        ("init", "settings.json"),
        ("load_model", "m", "/models/m", 3, {"loader_name": "mine", "deep": {"list": [1, 2.5]}}),
        ("blacklist_status", "m", 3),
        ("unload_model", "m", 3),
        ("retire_model", "m"),
        ("deinit",),
    ]


def test_all_but_load_model_has_a_default(write_loader: WriteLoader) -> None:
    guarded = loader(write_loader(body(GOOD)))
    assert guarded.load("m", "", 1, "").kind == "IR"
    assert not guarded.blacklisted("m", 1)
    guarded.unload("m", 1)
    guarded.retire("m")
    guarded.deinit()


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("raise ValueError('boom')", "raised ValueError: boom ("),
        ("raise SystemExit(3)", "raised SystemExit: 3 ("),
        ("raise KeyboardInterrupt", "raised KeyboardInterrupt ("),
        ("raise GeneratorExit", "raised GeneratorExit ("),
        ("return 1 / 0", "raised ZeroDivisionError: division by zero ("),
        ("return self.load_model(name, base_path, version, options)", "raised RecursionError"),
        ("raise Hostile", "raised"),
        ("raise ValueError('two\\nlines ' + chr(0xd800) + chr(0))", "raised ValueError: two lines ("),
        ("raise ValueError('x' * 100000)", "..."),
        ("return None", "returned None; it must return ovserve.ModelBuffers"),
        ("return ('IR', b'x', b'y')", "returned an object of type tuple"),
        ("return ovserve.ModelBuffers('TFLITE', b'x')", 'kind "TFLITE"; it must be one of IR, ONNX, BLOB'),
        ("return ovserve.ModelBuffers(None, b'x')", "kind None"),
        ("return ovserve.ModelBuffers(['IR'], b'x')", "kind an object of type list"),
        ("return ovserve.ModelBuffers('IR', '<net/>')", "encode it"),
        ("return ovserve.ModelBuffers('IR', None)", "whose model is None"),
        ("return ovserve.ModelBuffers('IR', b'')", "whose model is empty"),
        ("return ovserve.ModelBuffers('IR', b'<net/>', 7)", "whose weights is an object of type int"),
        ("return ovserve.ModelBuffers('IR', b'<net/>', memoryview(b'abcd')[::2])", "in one piece"),
        ("return ovserve.ModelBuffers('ONNX', b'x', b'y')", "returned weights beside a model of kind ONNX"),
        (
            "view = memoryview(b'x'); view.release(); return ovserve.ModelBuffers('IR', view)",
            "raised ValueError",
        ),
    ],
)
def test_failures_of_load_model(write_loader: WriteLoader, statement: str, text: str) -> None:
    hostile = """
    class Hostile(Exception):
        def __str__(self): raise SystemExit("no text")
        __repr__ = __str__
    """
    with pytest.raises(InternalError) as caught:
        load(write_loader(body(statement), head=hostile))
    message = str(caught.value)
    assert message.startswith('custom loader "mine": load_model for model "m" version 3 ')
    assert text in message
    assert message.isprintable()
    assert len(message) < 3000


def test_cause_names_the_line_and_the_log_has_the_traceback_once(
    write_loader: WriteLoader, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_loader(body("return self.helper()", "def helper(self):\n    raise ValueError('boom')\n"))
    guarded = loader(path)
    for _ in range(3):
        with pytest.raises(InternalError, match=r"ValueError: boom \(.*my_loader\.py, line 7\)"):
            guarded.load("m", "", 1, "{}")
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("ovserve.loader", logging.ERROR)
    assert caplog.text.count("Traceback (most recent call last)") == 1
    assert "raise ValueError('boom')" in caplog.text
    assert "guarded_loader.py" not in caplog.text.split("Traceback")[1]
    with pytest.raises(InternalError):
        guarded.load("other", "", 1, "{}")
    assert len(caplog.records) == 2


def test_blacklisted_at_load_is_told_apart(
    write_loader: WriteLoader, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_loader(body("raise ovserve.ModelBlacklistedError('licence expired')"))
    with pytest.raises(FailedPreconditionError, match="ModelBlacklistedError: licence expired"):
        load(path)
    assert not caplog.records
    with pytest.raises(InternalError):
        load(write_loader(body("raise ovserve.FailedPreconditionError('of something else')")))


@pytest.mark.parametrize("answer", ["True", "False", "None", "'allowed'", "0"])
def test_answers_that_are_no_blacklist_status(write_loader: WriteLoader, answer: str) -> None:
    path = write_loader(body(GOOD, f"def blacklist_status(self, name, version):\n    return {answer}\n"))
    with pytest.raises(InternalError, match=r"blacklist_status .* must return an ovserve\.BlacklistStatus"):
        loader(path).blacklisted("m", 1)


@pytest.mark.parametrize("options", ["{", "[]", "[" * 100_000, '{"x": ' + "9" * 5000 + "}"])
def test_options_that_are_no_json_object(write_loader: WriteLoader, options: str) -> None:
    with pytest.raises(InternalError, match="was not called: the options are no"):
        load(write_loader(body(GOOD)), options)


@pytest.mark.parametrize(
    ("statements", "text"),
    [
        ("def __init__(self): raise RuntimeError('no')", "making it from .* raised RuntimeError: no"),
        (
            "def __init__(self, x): pass",
            "making .* raised TypeError: .*missing 1 required positional argument: 'x'$",
        ),
        ("def init(self, config_file): raise SystemExit", "init raised SystemExit"),
        ("def __new__(cls): return 5", "making .* gave an object of type int, which is no loader"),
    ],
)
def test_failures_to_make_it(write_loader: WriteLoader, statements: str, text: str) -> None:
    with pytest.raises(InternalError, match=f'^custom loader "mine": {text}'):
        loader(write_loader(body(GOOD, statements)))


def test_models_do_not_show_in_a_repr(write_loader: WriteLoader) -> None:
    module_globals: dict[str, object] = {}
    exec("import ovserve\nbuffers = ovserve.ModelBuffers('IR', b'secret', b'secret')", module_globals)
    assert "secret" not in repr(module_globals["buffers"])
