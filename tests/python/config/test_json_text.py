import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovserve.config.json_document import parse_json
from ovserve.config.json_text import canonical_text, compact_text, quoted

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


@given(DOCUMENTS)
def test_compact_text_is_the_standard_one_whatever_the_layout(document: object) -> None:
    compact = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    assert compact_text(parse_json(json.dumps(document, indent=3))) == compact


@given(st.dictionaries(TEXTS, DOCUMENTS, max_size=6), st.randoms())
def test_order_changes_the_text_but_not_the_canonical_one(
    document: dict[str, object], random: object
) -> None:
    members = list(document.items())
    random.shuffle(members)  # type: ignore[attr-defined]
    one = parse_json(json.dumps(document))
    other = parse_json(json.dumps(dict(members)))
    assert canonical_text(one) == canonical_text(other)
    assert list(json.loads(compact_text(other))) == [name for name, _ in members]


@pytest.mark.parametrize(
    "text",
    [
        '{"b":1.0,"a":1e5}',
        '{"big":123456789012345678901234567890,"tiny":1E-7}',
        '{"minus":-0,"long":0.10000000000000000555}',
        '{"nested":{"z":[1,{"y":null}],"a":true},"text":"ä€😀/\\"\\\\\\n"}',
    ],
)
def test_every_number_and_text_stays_as_written(text: str) -> None:
    assert compact_text(parse_json(text)) == text


def test_canonical_text_sorts_at_every_depth() -> None:
    assert canonical_text(parse_json('{"b": {"d": 1, "c": 2}, "a": []}')) == '{"a":[],"b":{"c":2,"d":1}}'


def test_quotes_are_short() -> None:
    assert quoted(parse_json('"abc"')) == '"abc"'
    assert len(quoted(parse_json(f'"{"x" * 1000}"'))) == 60
