import pytest

from ovserve.config.cors import parse_header_names, parse_methods, parse_origins
from ovserve.config.refusals import ValueTextError


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("*", None),
        ("https://a.example,*", None),
        ("https://a.example", {"https://a.example"}),
        (
            " HTTP://A.example:8080 , https://b,null",
            {"http://a.example:8080", "https://b", "null"},
        ),
        ("http://[::1]:3000", {"http://[::1]:3000"}),
        ("chrome-extension://abc", {"chrome-extension://abc"}),
    ],
)
def test_origins(text: str, origins: set[str] | None) -> None:
    assert parse_origins(text, "--o") == origins


@pytest.mark.parametrize(
    "text",
    ["a.example", "https://a/", "https://a/path", "https://", "https://a b", "https://*.a", "http://a:x"],
)
def test_what_is_no_origin(text: str) -> None:
    with pytest.raises(ValueTextError, match=r"--o: .* is no origin; expected scheme://host"):
        parse_origins(text, "--o")


def test_methods() -> None:
    assert parse_methods("*", "--m") is None
    assert parse_methods("get, POST", "--m") == ("GET", "POST")
    with pytest.raises(ValueTextError, match='--m: "a b" is no HTTP method'):
        parse_methods("GET,a b", "--m")


def test_header_names() -> None:
    assert parse_header_names("*", "--h") is None
    assert parse_header_names("Content-Type,X-One", "--h") == {"content-type", "x-one"}
    with pytest.raises(ValueTextError, match='--h: "a:b" is no header name'):
        parse_header_names("a:b", "--h")


@pytest.mark.parametrize("parse", [parse_origins, parse_methods, parse_header_names])
@pytest.mark.parametrize("text", [",", " , ", " "])
def test_empty_lists(parse: object, text: str) -> None:
    assert callable(parse)
    with pytest.raises(ValueTextError, match=r"--x: expected name,name"):
        parse(text, "--x")
