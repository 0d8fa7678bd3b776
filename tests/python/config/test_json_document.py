import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovserve.config.json_document import (
    DEEPEST_NESTING,
    JsonInteger,
    JsonObject,
    JsonReal,
    child_path,
    parse_json,
)
from ovserve.config.refusals import BrokenJsonError
from ovserve.errors import ConfigurationError, FailedPreconditionError

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
DOCUMENTS = st.recursive(
    SCALARS | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20
)


@given(DOCUMENTS)
def test_says_what_the_standard_parser_says(document: object) -> None:
    text = json.dumps(document, ensure_ascii=False)
    assert parse_json(text) == json.loads(text)
    assert parse_json(text.encode()) == json.loads(text)


def test_numbers_keep_their_spelling_and_booleans_are_none() -> None:
    document = parse_json("[1e5, 1.50, -0, 7, true]")
    assert isinstance(document, list)
    numbers = [value for value in document if isinstance(value, JsonInteger | JsonReal)]
    assert [number.text for number in numbers] == ["1e5", "1.50", "-0", "7"]
    assert document[-1] is True


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ('{"a": 1,\n  "b" 2}', "line 2 column 7"),
        ("", "line 1 column 1"),
        ('{"a": 1} x', "line 1 column 10"),
        ("{'a': 1}", "line 1 column 2"),
        ('{"a": "line\nbreak"}', "line 1 column 12"),
    ],
)
def test_broken_json_names_line_and_column(text: str, position: str) -> None:
    with pytest.raises(BrokenJsonError, match=position):
        parse_json(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"a": "\xff"}', "byte 7 is not UTF-8"),
        ("[NaN]", "NaN"),
        ("[-Infinity]", "-Infinity"),
        ("9" * 10_000, "10000 digits"),
        ("[" * 100_000, "nested deeper"),
    ],
)
def test_refuses_what_is_not_json(text: str | bytes, reason: str) -> None:
    with pytest.raises(BrokenJsonError, match=reason):
        parse_json(text)


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        ('{"a": {"b": 1, "c": 2, "b": 1}}', "a.b", "occurs twice"),
        ('[0, {"b c": 1, "b c": 1}]', '[1]["b c"]', "occurs twice"),
        ('{"a": [1e999]}', "a[0]", "beyond all bounds"),
        (r'{"a": "\ud800"}', "a", "surrogate"),
        (r'{"\udfff": 1}', '["\\udfff"]', "surrogate"),
        ("[" * (DEEPEST_NESTING + 1) + "]" * (DEEPEST_NESTING + 1), "[0][0]", "nested deeper"),
    ],
)
def test_refuses_what_readers_disagree_about(text: str, path: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        parse_json(text)
    assert str(caught.value).startswith(path)


def test_accepts_nesting_up_to_the_limit_and_a_byte_order_mark() -> None:
    parse_json("[" * DEEPEST_NESTING + "]" * DEEPEST_NESTING)
    assert parse_json(b"\xef\xbb\xbf{}") == {}


def test_paths_begin_with_the_root() -> None:
    with pytest.raises(BrokenJsonError, match=r"^--plugin_config: "):
        parse_json("{", "--plugin_config")
    with pytest.raises(ConfigurationError, match=r"^--plugin_config\.a: "):
        parse_json('{"a":1,"a":1}', "--plugin_config")


def test_a_broken_text_is_no_invalid_argument() -> None:
    assert issubclass(BrokenJsonError, FailedPreconditionError)
    assert not issubclass(BrokenJsonError, ConfigurationError)


def test_values_are_of_their_own_types() -> None:
    document = parse_json('{"i": 1, "r": 1.5}')
    assert isinstance(document, JsonObject)
    assert isinstance(document["i"], JsonInteger)
    assert isinstance(document["r"], JsonReal)
    assert math.isclose(document["r"], 1.5)


@pytest.mark.parametrize(
    ("path", "key", "child"),
    [
        ("", "a", "a"),
        ("a", "b", "a.b"),
        ("a", 3, "a[3]"),
        ("a", "b c", 'a["b c"]'),
        ("", "", '[""]'),
    ],
)
def test_child_path(path: str, key: str | int, child: str) -> None:
    assert child_path(path, key) == child
