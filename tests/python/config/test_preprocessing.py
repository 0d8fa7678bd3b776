import pytest

from ovserve.config.json_document import parse_json
from ovserve.config.preprocessing import (
    PreprocessingTextError,
    parse_color_format,
    parse_divisors,
    parse_numbers,
    parse_precision,
)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1", (1.0,)),
        ("-1.5e1", (-15.0,)),
        ("[1, 2.5]", (1.0, 2.5)),
        ('"1.5"', (1.5,)),
        ('"[1, .5,3.]"', (1.0, 0.5, 3.0)),
        ('"(1,2)"', (1.0, 2.0)),
        ('"1,2"', (1.0, 2.0)),
    ],
)
def test_numbers(text: str, numbers: tuple[float, ...]) -> None:
    assert parse_numbers(parse_json(text), "p") == numbers


@pytest.mark.parametrize("text", ["", "x", "[1", "1,", "[]", "nan", "1e999", "1 2]", "."])
def test_text_that_is_no_list_of_numbers(text: str) -> None:
    with pytest.raises(PreprocessingTextError, match=r'^p: ".*" is no number'):
        parse_numbers(text, "p")


def test_nothing_is_divided_by_zero() -> None:
    assert parse_divisors("[1,2]", "p") == (1.0, 2.0)
    with pytest.raises(PreprocessingTextError, match="cannot be 0"):
        parse_divisors("[1,0]", "p")


def test_color_formats() -> None:
    assert parse_color_format("bgr : rgb", "p") == ("BGR", "RGB")
    assert parse_color_format("RGB", "p") == ("RGB", "RGB")
    for text in ("", "RBG", "BGR:", "NV12:RGB"):
        with pytest.raises(
            PreprocessingTextError, match=r"is no color format; expected one, or TARGET:SOURCE"
        ):
            parse_color_format(text, "p")


@pytest.mark.parametrize(
    ("text", "name"),
    [("fp32", "FP32"), ("f16", "FP16"), ("uint8", "U8"), ("U8", "U8"), ("int64", "I64"), ("bool", "BOOL")],
)
def test_precisions(text: str, name: str) -> None:
    assert parse_precision(text, "p") == name


@pytest.mark.parametrize("text", ["", "u7", "float", "fp32:u8", "BOOL8"])
def test_text_that_is_no_precision(text: str) -> None:
    with pytest.raises(PreprocessingTextError, match="is no precision; expected one of FP32"):
        parse_precision(text, "p")
