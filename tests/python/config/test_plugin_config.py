import pytest

from ovserve.config.json_document import parse_json
from ovserve.config.plugin_config import parse_plugin_config
from ovserve.errors import ConfigurationError


def test_values_keep_their_types() -> None:
    config = parse_plugin_config(
        parse_json('{"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 2, "RATIO": 1.0, "ON": true}'), "p"
    )
    assert config == {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 2, "RATIO": 1.0, "ON": True}
    assert [type(value) for value in config.values()] == [str, int, float, bool]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"A": null}', "p.A: "),
        ('{"A B": []}', 'p["A B"]: '),
        ('{"A": {}}', "p.A: "),
        ('{"A": 9223372036854775808}', "p.A: "),
        ("[]", "p: "),
    ],
)
def test_refuses_other_types(text: str, path: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_plugin_config(parse_json(text), "p")
    assert str(caught.value).startswith(f"{path}expected")
