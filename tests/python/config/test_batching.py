import pytest

from ovserve.config.batching import parse_batching
from ovserve.config.json_document import parse_json
from ovserve.config.schema import Batching
from ovserve.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "batching"),
    [
        ('{"max_batch": 2}', Batching(2, 0)),
        ('{"max_batch": 8, "max_delay_us": 500}', Batching(8, 500)),
        ('{"max_batch": 2147483647, "max_delay_us": 10000000}', Batching(2**31 - 1, 10_000_000)),
    ],
)
def test_accepts(text: str, batching: Batching) -> None:
    assert parse_batching(parse_json(text), "p") == batching


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("8", "p: expected an object, got 8"),
        ("{}", "p: the required key max_batch is missing"),
        ('{"max_batch": 1}', "p.max_batch: expected an integer from 2 to 2147483647, got 1"),
        (
            '{"max_batch": 2147483648}',
            "p.max_batch: expected an integer from 2 to 2147483647, got 2147483648",
        ),
        ('{"max_batch": "8"}', 'p.max_batch: expected an integer, got "8"'),
        (
            '{"max_batch": 8, "max_delay_us": -1}',
            "p.max_delay_us: expected an integer from 0 to 10000000, got -1",
        ),
        ('{"max_batch": 8, "max_delay_us": 0.5}', "p.max_delay_us: expected an integer, got 0.5"),
        ('{"max_batch": 8, "max_delay": 1}', "p.max_delay: unknown key; did you mean max_delay_us?"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_batching(parse_json(text), "p")
    assert str(caught.value) == message
