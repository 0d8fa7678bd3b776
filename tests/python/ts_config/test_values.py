import os
from collections.abc import Callable
from typing import Any

import pytest

from ovserve.errors import ConfigurationError
from ovserve.ts_config import values


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (values.boolean, "True", True),
        (values.boolean, "FALSE", False),
        (values.negated, "true", False),
        (values.integer(1, 10), "10", 10),
        (values.number_or_none, "0", None),
        (values.number_or_none, "4", 4),
        (values.time_s(), "120", 120.0),
        (values.time_s(60.0), "2", 120.0),
        (values.plain_text, "a b", "a b"),
        (values.path, "/a", "/a"),
        (values.path, "a", os.path.join(os.getcwd(), "a")),
        (values.one_of("a", "b"), "b", "b"),
        (values.pattern, "A.*", "A.*"),
        (values.patterns, "https://a/.*, file:///b/.*,", ("https://a/.*", "file:///b/.*")),
        (values.patterns, "", ()),
    ],
)
def test_reads(read: Callable[[str, str], Any], text: str, value: Any) -> None:
    assert read(text, "key") == value


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (values.boolean, "yes", 'key: expected true or false, got "yes"'),
        (values.integer(1, 10), "0", 'key: expected a whole number from 1 to 10, got "0"'),
        (values.integer(1, 10), "+5", "key: expected a whole number"),
        (values.integer(1, 10), "٣", "key: expected a whole number"),
        (values.integer(1, 10), "9" * 5000, "key: expected a whole number"),
        (values.time_s(), "0", "key: expected a whole number from 1"),
        (values.time_s(), "1.5", "key: expected a whole number from 1"),
        (values.plain_text, "", "key: expected a text that is not empty"),
        (values.path, "a\0b", "key: expected a text that is not empty"),
        (values.one_of("a", "b"), "c", 'key: expected one of a, b, got "c"'),
        (values.pattern, "(", r'key: "\(" is no regular expression: '),
        (values.patterns, "a,[", r'key: "\[" is no regular expression: '),
    ],
)
def test_refuses(read: Callable[[str, str], Any], text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{message}"):
        read(text, "key")
