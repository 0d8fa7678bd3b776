"""Parameters of management requests."""

import pytest

from ovserve.rest_api.routes import Request
from ovserve.service_api.parameters import Parameters
from ovserve.services.exchange import ServiceFailure


def of(query: bytes = b"", body: bytes = b"", content_type: bytes = b"application/json") -> Parameters:
    return Parameters.of(
        Request("POST", "/models", headers=[(b"content-type", content_type)], query=query), body
    )


def test_the_query() -> None:
    parameters = of(b"url=a%20b&url=c&min=3&on=TRUE&empty=")
    assert parameters.text("url") == "a b"
    assert parameters.number("min") == 3
    assert parameters.switch("on", False) is True
    assert (parameters.text("empty"), parameters.number("empty"), parameters.switch("empty", True)) == (
        None,
        None,
        True,
    )


def test_a_body_counts_in_place_of_the_query() -> None:
    parameters = of(b"url=a", b'{"url": "b", "min": 2, "on": false}')
    assert (parameters.text("url"), parameters.number("min"), parameters.switch("on", True)) == (
        "b",
        2,
        False,
    )


def test_a_body_that_is_no_json_is_left_alone() -> None:
    assert of(b"url=a", b"url=b", b"application/x-www-form-urlencoded").text("url") == "a"


@pytest.mark.parametrize("body", [b"[1]", b"{", b"[" * 100_000, b"\xff"])
def test_broken_bodies(body: bytes) -> None:
    with pytest.raises(ServiceFailure, match="no JSON object"):
        of(body=body)


@pytest.mark.parametrize("value", ["-2", "1.5", "x", "9" * 11, "9" * 5000, "\u0663x", True, 2**31, [1]])
def test_no_numbers(value: object) -> None:
    with pytest.raises(ServiceFailure, match="whole number from -1") as caught:
        Parameters({"n": value}).number("n", -1)
    assert caught.value.status == 400


@pytest.mark.parametrize("value", [1, "yes", [True]])
def test_no_switches(value: object) -> None:
    with pytest.raises(ServiceFailure, match="true or false"):
        Parameters({"on": value}).switch("on", False)


@pytest.mark.parametrize("value", [1, "a\0b", {}])
def test_no_texts(value: object) -> None:
    with pytest.raises(ServiceFailure, match="Parameter url"):
        Parameters({"url": value}).text("url")
