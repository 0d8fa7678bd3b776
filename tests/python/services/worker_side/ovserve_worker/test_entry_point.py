"""From a handler's text to what is called."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from ovserve_worker.entry_point import find_entry_point
from ovserve_worker.exceptions import HandlerNotFoundError, NotOfferedError

Write = Callable[..., None]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write modules of an archive that can be imported."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def write(code: str, name: str = "service") -> None:
        (tmp_path / f"{name}.py").write_text(code)

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


FUNCTIONS = "def handle(d, c): return 'handle'\ndef other(d, c): return 'other'"
ONE_CLASS = """
from decimal import Decimal  # not defined here, so it does not count
class Only:
    def handle(self, d, c): return "Only.handle"
    def predict(self, d, c): return "Only.predict"
"""
TWO_CLASSES = "class A:\n def handle(self, d, c): return 'A'\nclass B:\n def handle(self, d, c): return 'B'"


@pytest.mark.parametrize(
    ("code", "text", "answer"),
    [
        (FUNCTIONS, "service", "handle"),
        (FUNCTIONS, "service.py", "handle"),
        (FUNCTIONS, "service:other", "other"),
        (FUNCTIONS, "some/path/service.py:other", "other"),
        (FUNCTIONS, " service : other ", "other"),
        (ONE_CLASS, "service", "Only.handle"),
        (ONE_CLASS, "service:no_such_function", "Only.handle"),
        (ONE_CLASS, "service:Only", "Only.handle"),
        (ONE_CLASS, "service:Only.predict", "Only.predict"),
        (TWO_CLASSES, "service:B", "B"),
        (TWO_CLASSES + "\nhandle = B().handle", "service", "B"),
        ("import functools\nhandle = functools.partial(lambda x, d, c: x, 'partial')", "service", "partial"),
    ],
)
def test_every_form_finds_its_handler(module: Write, code: str, text: str, answer: str) -> None:
    module(code)
    assert find_entry_point(text).call([], None) == answer


@pytest.mark.parametrize(
    ("code", "text", "message"),
    [
        (TWO_CLASSES, "service", "not exactly one class of its own (A, B); name one with module:Class"),
        (FUNCTIONS, "service:missing", "has no 'missing', and not exactly one class of its own (none)"),
        ("handle = 3", "service", "'handle' in service cannot be called"),
        ("class A: pass", "service", "class A has no method 'handle'"),
        ("class A: pass", "service:A.run", "class A has no method 'run'"),
        ("", "missing", "the archive has no module 'missing'"),
        ("", "", "names no module"),
        ("", ":handle", "names no module"),
    ],
)
def test_what_cannot_be_found_is_said(module: Write, code: str, text: str, message: str) -> None:
    module(code)
    with pytest.raises(HandlerNotFoundError) as error:
        find_entry_point(text)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("import no_such_thing", ModuleNotFoundError, "No module named 'no_such_thing'"),
        ("from json import no_such_name", ImportError, "cannot import name 'no_such_name'"),
        ("def broken(:", SyntaxError, "invalid syntax"),
        ("raise ValueError('at import')", ValueError, "at import"),
        ("class A:\n def __init__(self): raise OSError('in constructor')", OSError, "in constructor"),
    ],
)
def test_an_error_of_the_module_itself_is_never_masked(
    module: Write, code: str, kind: type[Exception], message: str
) -> None:
    module(code, "base_handler")  # also where the server has a handler of that name
    with pytest.raises(kind, match=message):
        find_entry_point("base_handler")


def test_handlers_that_come_with_the_server_have_names(module: Write) -> None:
    from ts.torch_handler.base_handler import BaseHandler
    from ts.torch_handler.image_classifier import ImageClassifier

    assert isinstance(find_entry_point("base_handler").call.__self__, BaseHandler)
    assert isinstance(find_entry_point("image_classifier").call.__self__, ImageClassifier)
    with pytest.raises(NotOfferedError, match="text_classifier is not offered"):
        find_entry_point("text_classifier")


def test_loading_calls_what_there_is_in_order(module: Write) -> None:
    module("""
class Handler:
    def __init__(self): self.seen = []
    def initialize(self, context): self.seen.append(("initialize", context.x))
    def warm_up(self): self.seen.append("warm_up")
    def handle(self, d, c): return self.seen
    def finalize(self, context): self.seen.append("finalize")
""")
    found = find_entry_point("service")
    context = SimpleNamespace(x=1)
    found.load(context)
    found.close(context)
    assert found.call([], None) == [("initialize", 1), "warm_up", "finalize"]


def test_initialize_and_hooks_are_optional_and_hooks_of_other_shape_are_left_alone(module: Write) -> None:
    module("class H:\n def handle(self, d, c): return 1\n def close(self, a, b, c): raise AssertionError")
    found = find_entry_point("service")
    found.load(None)
    found.close(None)


def test_a_function_is_called_without_data_at_load(module: Write) -> None:
    module("seen = []\ndef handle(data, context):\n    seen.append((data, context))\n    return seen")
    found = find_entry_point("service")
    found.load("context")
    assert found.call([], None) == [(None, "context"), ([], None)]
