import pytest

from ovserve.config.batch_size import BatchSizeTextError, parse_batch_size
from ovserve.config.json_document import parse_json
from ovserve.config.schema import BatchSize
from ovserve.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", None),
        ('"0"', None),
        ("4", BatchSize(4, 4)),
        ('"4"', BatchSize(4, 4)),
        ('" 4 "', BatchSize(4, 4)),
        ('"-1"', BatchSize(1, None)),
        ('"auto"', BatchSize(1, None, auto=True)),
        ('"1:8"', BatchSize(1, 8)),
        ('"3 : 3"', BatchSize(3, 3)),
        ("2147483647", BatchSize(2**31 - 1, 2**31 - 1)),
    ],
)
def test_accepts(text: str, size: BatchSize | None) -> None:
    assert parse_batch_size(parse_json(text), "p") == size


@pytest.mark.parametrize(
    "text",
    ['""', '"x"', '"-2"', '"8:1"', '"0:4"', '"1:"', '"1.5"', '"+4"', '"٣"', "2147483648", "1" + "0" * 30],
)
def test_a_meaningless_size_concerns_the_model_only(text: str) -> None:
    with pytest.raises(BatchSizeTextError, match=r'^p: ".*" is no batch size; expected a number'):
        parse_batch_size(parse_json(text), "p")


@pytest.mark.parametrize("text", ["-1", "1.0", "true", "null", "[]"])
def test_a_wrong_type_concerns_the_configuration(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_batch_size(parse_json(text), "p")
    assert not isinstance(caught.value, BatchSizeTextError)
