import pytest

from ovserve.config.json_document import parse_json
from ovserve.config.layout import LayoutTextError, parse_layouts, parse_layouts_text
from ovserve.config.schema import Layout


@pytest.mark.parametrize(
    ("text", "layouts"),
    [
        ('"NHWC:NCHW"', {"": ("NHWC", "NCHW")}),
        ('" nhwc : nchw "', {"": ("NHWC", "NCHW")}),
        ('"N?HW"', {"": ("N?HW", "N?HW")}),
        ('"N..."', {"": ("N...", "N...")}),
        ('"NCDHW"', {"": ("NCDHW", "NCDHW")}),
        ('{"a": "NC", "b": "CN:NC"}', {"a": ("NC", "NC"), "b": ("CN", "NC")}),
        ("{}", {}),
    ],
)
def test_accepts(text: str, layouts: dict[str, Layout]) -> None:
    assert parse_layouts(parse_json(text), "p") == layouts


@pytest.mark.parametrize("text", ["", "NN", "NX", "N..", "...N...", ":NCHW", "NHWC:", "NHWC:NCHW:NC", "[N]"])
def test_a_meaningless_layout_concerns_the_model_only(text: str) -> None:
    with pytest.raises(LayoutTextError, match=r'^p: ".*" is no layout; expected letters of N, C, H, W, D'):
        parse_layouts(text, "p")


def test_the_command_line_has_text_or_json() -> None:
    assert parse_layouts_text("NC", "--layout") == {"": ("NC", "NC")}
    assert parse_layouts_text('{"a": "NC"}', "--layout") == {"a": ("NC", "NC")}
