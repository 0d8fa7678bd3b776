import pytest

from ovserve.config.json_document import parse_json
from ovserve.config.schema import Shape
from ovserve.config.shape import ShapeTextError, parse_shapes, parse_shapes_text
from ovserve.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ('"auto"', {"": None}),
        ('" auto "', {"": None}),
        ('"(1,3,224,224)"', {"": ((1, 1), (3, 3), (224, 224), (224, 224))}),
        ('" ( 1, -1 ,2 : 8 ) "', {"": ((1, 1), (1, None), (2, 8))}),
        ('"(2147483647)"', {"": ((2**31 - 1, 2**31 - 1),)}),
        ("{}", {}),
        ('{"a": "(1:2)", "b": "auto"}', {"a": ((1, 2),), "b": None}),
        ('{"a": [1, 3, -1]}', {"a": ((1, 1), (3, 3), (1, None))}),
    ],
)
def test_accepts(text: str, shapes: dict[str, Shape]) -> None:
    assert parse_shapes(parse_json(text), "p") == shapes


@pytest.mark.parametrize(
    "text",
    [
        *('""', '"x"', '"1,3"', '"()"', '"(1,)"', '"(0,3)"', '"(-2)"', '"(8:1)"', '"(1.5)"', '"(٣)"'),
        *('"(1,3"', '"[1,3]"', '"(auto)"', '"(1:)"', '"(2147483648)"'),
    ],
)
def test_a_meaningless_shape_concerns_the_model_only(text: str) -> None:
    with pytest.raises(ShapeTextError, match=r'^p: ".*" is no shape; expected "auto" or numbers'):
        parse_shapes(parse_json(text), "p")


def test_a_meaningless_shape_of_one_input_is_named() -> None:
    with pytest.raises(ShapeTextError, match=r'^p\.a: "\(0\)" is no shape'):
        parse_shapes(parse_json('{"a": [0]}'), "p")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("4", "p: expected a string or an object, got 4"),
        ("null", "p: expected a string or an object"),
        ("[1, 3]", "p: expected a string or an object"),
        ('{"": "auto"}', "p: expected the names of inputs as keys"),
        ('{"a": 4}', "p.a: expected a string or an array of integers, got 4"),
        ('{"a": [1, -2]}', "p.a[1]: expected an integer above 0, or -1, got -2"),
        ('{"a": [1.5]}', "p.a[0]: expected an integer above 0, or -1, got 1.5"),
        ('{"a": [true]}', "p.a[0]: expected an integer above 0, or -1, got true"),
    ],
)
def test_a_wrong_type_concerns_the_configuration(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_shapes(parse_json(text), "p")
    assert str(caught.value).startswith(message)
    assert not isinstance(caught.value, ShapeTextError)


def test_the_command_line_has_text_or_json() -> None:
    assert parse_shapes_text("(1,3)", "--shape") == {"": ((1, 1), (3, 3))}
    assert parse_shapes_text(' {"a": "auto"}', "--shape") == {"a": None}
