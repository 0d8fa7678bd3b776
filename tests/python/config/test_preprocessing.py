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
    assert parse_color_format("nv12:rgb", "p") == ("NV12", "RGB")
    assert parse_color_format("I420:BGR", "p") == ("I420", "BGR")
    for text in ("", "RBG", "BGR:", "NV12", "RGB:NV12", "NV12_2:NV12"):
        with pytest.raises(
            PreprocessingTextError, match=r"is no color format; expected one, or TARGET:SOURCE"
        ):
            parse_color_format(text, "p")


@pytest.mark.parametrize(("text", "instead"), [("NV12_2:RGB", "NV12"), ("i420_3:bgr", "I420")])
def test_frames_in_several_tensors_are_refused(text: str, instead: str) -> None:
    with pytest.raises(PreprocessingTextError, match=f"not offered; send it in one, as {instead}$"):
        parse_color_format(text, "p")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("fp32", ("FP32", "")),
        ("f16", ("FP16", "")),
        ("uint8", ("U8", "")),
        ("U8", ("U8", "")),
        ("int64", ("I64", "")),
        ("bool", ("BOOL", "")),
        ("uint8:fp32", ("U8", "FP32")),
        ("UINT8 : FP16", ("U8", "FP16")),
    ],
)
def test_precisions(text: str, names: tuple[str, str]) -> None:
    assert parse_precision(text, "p") == names


@pytest.mark.parametrize("text", ["", "u7", "float", "fp32:", ":fp32", "u8:fp32:fp32", "BOOL8", "INT4:FP32"])
def test_text_that_is_no_precision(text: str) -> None:
    with pytest.raises(
        PreprocessingTextError, match="is no precision; expected one, or TARGET:SOURCE, of FP32"
    ):
        parse_precision(text, "p")
