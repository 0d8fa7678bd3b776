"""What browsers are told, row by row of the Fetch standard's CORS check and CORS-preflight fetch."""

from typing import Any

import pytest

from ovserve.config.schema import CorsRules
from ovserve.rest_api.cors import Cors

PAGE = "https://page.example"
OTHER = "https://other.example"


def asked(origin: str | None = PAGE, method: str | None = None, headers: str | None = None) -> Any:
    fields = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": headers,
    }
    return [(name.encode(), value.encode()) for name, value in fields.items() if value is not None]


def told(rules: CorsRules, request: Any) -> dict[str, str]:
    cors = Cors(rules)
    preflight = cors.preflight(request)
    fields = [*cors.headers(request), *(preflight.headers if preflight is not None else ())]
    answer: dict[str, str] = {}
    for name, value in fields:
        key = name.decode().removeprefix("access-control-")
        answer[key] = f"{answer[key]}, {value.decode()}" if key in answer else value.decode()
    return answer


ANY = CorsRules()
ONE = CorsRules(origins=frozenset({PAGE}))
EXPOSED = {"expose-headers": "inference-header-content-length"}


@pytest.mark.parametrize("origin", [PAGE, OTHER, "null", None])
def test_by_default_every_page_may_see_every_answer(origin: str | None) -> None:
    assert told(ANY, asked(origin)) == {"allow-origin": "*", **EXPOSED}


def test_by_default_every_page_may_send_what_it_wants() -> None:
    assert told(ANY, asked(PAGE, "POST", "authorization,content-type")) == {
        "allow-origin": "*",
        "allow-methods": "GET, HEAD, POST, OPTIONS",
        "allow-headers": "authorization,content-type",  # * would not cover authorization
        "vary": "access-control-request-headers",
        **EXPOSED,
    }
    assert told(ANY, asked(PAGE, "POST"))["allow-headers"] == "*"


@pytest.mark.parametrize("names", ["a b", "a,,b", "x: y", "\u00e4", "a\r\nb: c", ""])
def test_header_names_that_are_none_are_not_repeated(names: str) -> None:
    assert told(ANY, asked(PAGE, "POST", names))["allow-headers"] == "*"


def test_one_page() -> None:
    assert told(ONE, asked(PAGE)) == {"allow-origin": PAGE, "vary": "origin", **EXPOSED}
    for origin in (OTHER, PAGE + ":8443", "null", None):
        assert told(ONE, asked(origin)) == {"vary": "origin"}


def test_a_preflight_of_another_page_does_not_name_it() -> None:
    assert "allow-origin" not in told(ONE, asked(OTHER, "POST", "x"))


def test_chosen_methods_and_headers() -> None:
    rules = CorsRules(methods=("POST",), headers=frozenset({"content-type", "authorization"}))
    assert told(rules, asked(PAGE, "DELETE", "x")) == {
        "allow-origin": "*",
        "allow-methods": "POST",
        "allow-headers": "authorization, content-type",
        **EXPOSED,
    }


def test_credentials_need_everything_by_name() -> None:
    rules = CorsRules(credentials=True)
    answer = told(rules, asked(OTHER, "POST", "x-custom"))
    assert answer == {
        "allow-origin": OTHER,
        "allow-credentials": "true",
        "allow-methods": "GET, HEAD, POST, OPTIONS",
        "allow-headers": "x-custom",
        "vary": "origin, access-control-request-headers",
        **EXPOSED,
    }
    assert told(rules, asked(None)) == {"vary": "origin"}


def test_credentials_of_one_page() -> None:
    rules = CorsRules(origins=frozenset({PAGE}), credentials=True)
    assert told(rules, asked(PAGE))["allow-credentials"] == "true"
    assert told(rules, asked(OTHER)) == {"vary": "origin"}


@pytest.mark.parametrize("origin", ["a\r\nb: c", "a b", "", "\u00e4"])
def test_what_is_no_origin_is_not_repeated(origin: str) -> None:
    assert told(CorsRules(credentials=True), asked(origin)) == {"vary": "origin"}


@pytest.mark.parametrize("request_", [asked(None, "POST"), asked(PAGE, None), []])
def test_what_is_no_preflight(request_: Any) -> None:
    assert Cors(ANY).preflight(request_) is None
