import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovserve.config.json_document import parse_json
from ovserve.config.loader_options import parse_loader_options
from ovserve.errors import ConfigurationError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=10,
)


@given(st.dictionaries(TEXTS, VALUES))
def test_the_loader_gets_every_member_in_file_order(members: dict[str, object]) -> None:
    written = {**members, "loader_name": "sample"}
    options = parse_loader_options(parse_json(json.dumps(written, indent=1)), "p")
    assert options.loader_name == "sample"
    assert json.loads(options.text) == written
    assert list(json.loads(options.text)) == list(written)


def test_as_the_sample_loaders_document_has_it() -> None:
    options = parse_loader_options(
        parse_json('{"loader_name":  "sampleloader", "model_file":  "m.xml",\n "threads": 1.0e1}'), "p"
    )
    assert options.text == '{"loader_name":"sampleloader","model_file":"m.xml","threads":1.0e1}'
    assert options.key == '{"loader_name":"sampleloader","model_file":"m.xml","threads":1.0e1}'


def test_order_is_no_change_but_a_value_is() -> None:
    first = parse_loader_options(parse_json('{"loader_name":"a","x":1,"y":2}'), "p")
    moved = parse_loader_options(parse_json('{"y":2, "x":1, "loader_name":"a"}'), "p")
    changed = parse_loader_options(parse_json('{"loader_name":"a","x":1,"y":3}'), "p")
    assert first.key == moved.key
    assert first.text != moved.text
    assert first.key != changed.key


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "p: the required key loader_name is missing"),
        ('{"file": "x"}', "p: the required key loader_name is missing"),
        ('{"loader_name": 1}', "p.loader_name: expected the name of a loader, got 1"),
        ('{"loader_name": ""}', "p.loader_name: expected the name of a loader"),
        ('{"loader_name": "a\\u0000"}', "p.loader_name: a null character"),
        ('"sample"', "p: expected an object"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_loader_options(parse_json(text), "p")
    assert str(caught.value).startswith(message)
