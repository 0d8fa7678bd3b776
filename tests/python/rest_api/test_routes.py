import re
from http import HTTPStatus

import pytest

from ovserve.errors import InvalidArgumentError
from ovserve.rest_api.routes import Response, Route, RouteTable, version_in


def route(method: str, pattern: str) -> Route:
    return Route(method, re.compile(pattern), lambda request, parameters: Response(HTTPStatus.OK))


@pytest.fixture
def table() -> RouteTable:
    return RouteTable((route("GET", "/a/(?P<name>[^/]+)"), route("POST", "/a/(?P<name>[^/]+):go")))


def test_names_are_decoded_after_the_path_was_matched(table: RouteTable) -> None:
    found = table.find("GET", "/a/x%2Fy%20z%C3%A4")
    assert isinstance(found, tuple)
    assert found[1] == {"name": "x/y z\u00e4"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/b", HTTPStatus.BAD_REQUEST),
        ("GET", "/a/x/y", HTTPStatus.BAD_REQUEST),
        ("POST", "/a/x", HTTPStatus.NOT_ACCEPTABLE),
        ("DELETE", "/b", HTTPStatus.NOT_ACCEPTABLE),
    ],
)
def test_why_there_is_no_route(table: RouteTable, method: str, path: str, status: HTTPStatus) -> None:
    assert table.find(method, path) is status


@pytest.mark.parametrize(
    ("text", "version"), [("0", None), ("00", None), ("7", 7), (str(2**63 - 1), 2**63 - 1)]
)
def test_version_in_a_path(text: str, version: int | None) -> None:
    assert version_in({"version": text}) == version


def test_no_version_in_a_path() -> None:
    assert version_in({}) is None


@pytest.mark.parametrize("text", [str(2**63), "9" * 10000])
def test_version_that_is_too_large(text: str) -> None:
    with pytest.raises(InvalidArgumentError):
        version_in({"version": text})
