"""Who may ask."""

import json
from pathlib import Path

import pytest

from ovserve.management.tokens import Purpose, Tokens
from ovserve.rest_api.routes import Request
from ovserve.service_api.access import KeyAccess, LocalAccess, header


def request(**headers: str) -> Request:
    return Request(
        "GET", "/models", headers=[(name.encode(), value.encode()) for name, value in headers.items()]
    )


def keys_of(path: Path) -> dict[str, str]:
    return {name: key["key"] for name, key in json.loads(path.read_text()).items()}


def status(answer: object) -> int | None:
    return None if answer is None else int(getattr(answer, "status"))  # noqa: B009 - of a union


def test_keys(tmp_path: Path) -> None:
    path = tmp_path / "key_file.json"
    access = KeyAccess(Tokens(str(path), 60.0), Purpose.MANAGEMENT)
    keys = keys_of(path)

    def asked(authorization: str | None) -> int | None:
        return status(
            access.refusal(request() if authorization is None else request(authorization=authorization))
        )

    assert asked(f"Bearer {keys['management']}") is None
    assert asked(None) == 401
    assert asked("Bearer nothing") == 401
    assert asked(f"Basic {keys['management']}") == 401
    assert asked(f"Bearer {keys['inference']}") == 403


def test_new_keys(tmp_path: Path) -> None:
    path = tmp_path / "key_file.json"
    access = KeyAccess(Tokens(str(path), 60.0), Purpose.MANAGEMENT)
    old = keys_of(path)
    renewal = request(authorization=f"Bearer {old['API']}")
    assert status(access.renewed("management", request(authorization=f"Bearer {old['management']}"))) == 403
    assert status(access.renewed("management", request())) == 401
    assert status(access.renewed("nothing", renewal)) == 400
    assert status(access.renewed("management", renewal)) == 200
    assert status(access.refusal(request(authorization=f"Bearer {old['management']}"))) == 401
    assert access.refusal(request(authorization=f"Bearer {keys_of(path)['management']}")) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"host": "localhost:8081"}, None),
        ({"host": "127.0.0.1:8081"}, None),
        ({"host": "127.9.9.9"}, None),
        ({"host": "[::1]:8081"}, None),
        ({"host": "Inner.Example:8081"}, None),
        ({"host": "localhost:8081", "origin": "http://localhost:8081"}, None),
        ({}, 403),
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"host": "10.0.0.1"}, 403),
        ({"host": "localhost:8081", "origin": "http://evil.example"}, 403),
        ({"host": "localhost:8081", "origin": "null"}, 403),
        ({"host": "localhost:8081", "origin": "http://[::1"}, 403),
    ],
)
def test_without_keys_only_this_machine_may_ask(headers: dict[str, str], expected: int | None) -> None:
    assert status(LocalAccess(["inner.example"]).refusal(request(**headers))) == expected


def test_of_headers_with_one_name_the_first_counts() -> None:
    twice = Request("GET", "/", headers=[(b"a", b"1"), (b"a", b"2")])
    assert header(twice, b"a") == "1"
    assert header(twice, b"b") is None
