import pytest

from ovserve.config.json_document import JsonInteger, JsonObject, parse_json
from ovserve.config.keys import Key, check_object
from ovserve.errors import ConfigurationError

KEYS = (
    Key("name", (str,), required=True),
    Key("count", (JsonInteger, str)),
    Key("inner", (JsonObject,)),
    Key("gone", not_offered="gone is not offered; remove it", harmless=("[]", "false")),
)


@pytest.mark.parametrize(
    "text", ['{"name": "x"}', '{"name":"x","count":1,"inner":{}}', '{"name":"x","gone":[]}']
)
def test_accepts(text: str) -> None:
    assert check_object(parse_json(text), KEYS, "p") == parse_json(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "p: expected an object, got []"),
        ("{}", "p: the required key name is missing"),
        ('{"name": 1}', "p.name: expected a string, got 1"),
        ('{"name": null}', "p.name: expected a string, got null"),
        ('{"name": "x", "count": true}', "p.count: expected an integer or a string, got true"),
        ('{"name": "x", "count": 1.0}', "p.count: expected an integer or a string, got 1.0"),
        ('{"name": "x", "inner": []}', "p.inner: expected an object, got []"),
        ('{"name": "x", "coutn": 1}', "p.coutn: unknown key; did you mean count?"),
        ('{"name": "x", "zzz": 1}', "p.zzz: unknown key; valid here: name, count, inner"),
        ('{"name": "x", "gone": [1]}', "p.gone: gone is not offered; remove it"),
        ('{"name": "x", "gone": 0}', "p.gone: gone is not offered; remove it"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_object(parse_json(text), KEYS, "p")
    assert str(caught.value) == message


def test_names_the_document_when_there_is_no_path() -> None:
    with pytest.raises(ConfigurationError, match=r"^the document: expected an object"):
        check_object(parse_json("7"), KEYS, "")
