import json

import pytest

from ovserve.config_editing.json_spans import element_spans, indentation_at, member_span

TEXT = """ {"a": {"list": [0]},
  "list" : [ 1, [2, "]"],
    {"b": "}, \\" ]"} ] , "z": null}"""


def test_members_are_found_at_the_top_only() -> None:
    assert [json.loads(TEXT[slice(*member_span(TEXT, name))]) for name in ("a", "list", "z")] == [
        {"list": [0]},
        [1, [2, "]"], {"b": '}, " ]'}],
        None,
    ]
    with pytest.raises(KeyError):
        member_span(TEXT, "b")
    with pytest.raises(KeyError):
        member_span(" { } ", "b")


def test_elements_are_found_in_their_order() -> None:
    spans = element_spans(TEXT, member_span(TEXT, "list"))
    assert [json.loads(TEXT[slice(*span)]) for span in spans] == [1, [2, "]"], {"b": '}, " ]'}]
    assert list(element_spans('{"l": [ ]}', member_span('{"l": [ ]}', "l"))) == []


def test_indentation_is_that_of_the_line() -> None:
    assert indentation_at(TEXT, TEXT.index('"list" :')) == "  "
    assert indentation_at("\t\tx", 3) == "\t\t"
    assert indentation_at("x", 0) == ""
