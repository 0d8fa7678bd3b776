import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovserve.config.refusals import BrokenJsonError
from ovserve.config_editing.model_list import new_configuration, with_model, without_model
from ovserve.errors import AlreadyExistsError, ConfigurationError, NotFoundError

LAID_OUT = """{
    "custom_loader_config_list": [{"config": {"loader_name": "l", "library_path": "l.so"}}],
    "model_config_list": [
        {"config": {"name": "a", "base_path": "a", "plugin_config": {"X": 1.50}}},
        {"config": {"name": "b",   "base_path": "b"}}
    ],
    "monitoring": {"metrics": {"enable": true}}
}
"""
TALL = """{
  "model_config_list": [
    {
      "config": {
        "name": "a",
        "base_path": "a"
      }
    }
  ]
}"""


def entry(name: str) -> dict[str, Any]:
    return {"config": {"name": name, "base_path": f"models/{name}"}}


def names(text: str) -> list[str]:
    return [element["config"]["name"] for element in json.loads(text)["model_config_list"]]


def test_a_model_is_added_at_the_end_like_the_one_before_it() -> None:
    added = '        {"config": {"name": "c", "base_path": "models/c"}}\n'
    assert with_model(LAID_OUT, "c", "models/c") == LAID_OUT.replace('"b"}}\n', '"b"}},\n' + added)
    tall = with_model(TALL, "c", "models/c")
    assert tall == json.dumps(
        {"model_config_list": [json.loads(TALL)["model_config_list"][0], entry("c")]}, indent=2
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"model_config_list": []}', '{"model_config_list": [ENTRY]}'),
        ('{"model_config_list":[ ]}', '{"model_config_list":[ENTRY]}'),
        (
            '{\n\t"model_config_list": [\n\t]\n}\n',
            '{\n\t"model_config_list": [\n\t\tENTRY\n\t]\n}\n',
        ),
        ('{\r\n "model_config_list": []\r\n}', '{\r\n "model_config_list": [\r\n  ENTRY\r\n ]\r\n}'),
        ('\ufeff{"model_config_list": []}', '\ufeff{"model_config_list": [ENTRY]}'),
        (
            '{"model_config_list":[{"config":{"name":"a"}}]}',
            '{"model_config_list":[{"config":{"name":"a"}}, ENTRY]}',
        ),
    ],
)
def test_the_first_model(before: str, after: str) -> None:
    text = json.dumps(entry("c"))
    assert with_model(before, "c", "models/c") == after.replace("ENTRY", text)


def test_a_new_configuration() -> None:
    assert new_configuration("c", "models/c") == (
        '{\n  "model_config_list": [\n    {"config": {"name": "c", "base_path": "models/c"}}\n  ]\n}\n'
    )


def test_a_model_is_removed_and_nothing_else() -> None:
    first, second = LAID_OUT.splitlines(keepends=True)[3:5]
    assert without_model(LAID_OUT, "a") == LAID_OUT.replace(first, "")
    assert without_model(LAID_OUT, "b") == LAID_OUT.replace(f"{first}{second}", first.replace(",\n", "\n"))
    assert without_model(TALL, "a") == '{\n  "model_config_list": []\n}'


def test_a_name_that_is_there_twice_is_gone_afterwards() -> None:
    text = json.dumps({"model_config_list": [entry("a"), entry("b"), entry("a")]})
    assert names(without_model(text, "a")) == ["b"]


def test_names_that_are_taken_or_unknown() -> None:
    with pytest.raises(AlreadyExistsError, match='model "a" is configured already'):
        with_model(LAID_OUT, "a", "x")
    with pytest.raises(NotFoundError, match='model "c" is not configured; the file has a, b'):
        without_model(LAID_OUT, "c")
    with pytest.raises(NotFoundError, match="the file has no model"):
        without_model('{"model_config_list": []}', "c")


@pytest.mark.parametrize("text", ["{", "", '{"model_config_list": [NaN]}'])
def test_what_is_not_json(text: str) -> None:
    with pytest.raises(BrokenJsonError):
        with_model(text, "a", "a")
    with pytest.raises(BrokenJsonError):
        without_model(text, "a")


@pytest.mark.parametrize("text", ["[]", "{}", '{"model_config_list": {}}'])
def test_what_has_no_model_list(text: str) -> None:
    with pytest.raises(ConfigurationError, match="model_config_list is missing, or no array"):
        with_model(text, "a", "a")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(
    before=st.dictionaries(st.text(), JSON, max_size=2),
    behind=st.dictionaries(st.text(), JSON, max_size=2),
    models=st.lists(NAMES, unique=True),
    new=NAMES,
    indent=st.sampled_from([None, 0, 1, 4, "\t"]),
    ascii_only=st.booleans(),
)
def test_whatever_the_document_and_its_layout(
    before: dict[str, Any],
    behind: dict[str, Any],
    models: list[str],
    new: str,
    indent: int | str | None,
    ascii_only: bool,
) -> None:
    document = {**before, "model_config_list": [entry(name) for name in models], **behind}
    document["model_config_list"] = [entry(name) for name in models]
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    if new not in models:
        added = with_model(text, new, f"models/{new}")
        assert json.loads(added) == {
            **document,
            "model_config_list": [entry(name) for name in (*models, new)],
        }
        assert json.loads(without_model(added, new)) == document
        if models:
            assert without_model(added, new) == text
    for name in models:
        left = [entry(other) for other in models if other != name]
        assert json.loads(without_model(text, name)) == {**document, "model_config_list": left}
