import base64
import json
import stat
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ovserve.errors import InvalidArgumentError
from ovserve.management.tokens import ForbiddenError, Purpose, Tokens, UnauthenticatedError

START = 1_700_000_000.5
LIFETIME_S = 60.0


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(tmp_path: Path, clock: Clock) -> Tokens:
    return Tokens(str(tmp_path / "key_file.json"), LIFETIME_S, clock)


def document(tokens: Tokens) -> dict[str, Any]:
    read = json.loads(Path(tokens.path).read_text())
    assert isinstance(read, dict)
    return read


def header(tokens: Tokens, purpose: Purpose) -> str:
    return f"Bearer {document(tokens)[purpose.value]['key']}"


def test_the_key_file_has_torchserves_form(tokens: Tokens) -> None:
    content = document(tokens)
    assert list(content) == ["management", "inference", "API"]
    assert set(content["management"]) == set(content["inference"]) == {"key", "expiration time"}
    assert set(content["API"]) == {"key"}
    expires = content["inference"]["expiration time"]
    assert expires == "2023-11-14T22:14:20.500000Z"
    assert datetime.fromisoformat(expires).timestamp() == START + LIFETIME_S
    assert stat.S_IMODE(Path(tokens.path).stat().st_mode) == 0o600


def test_keys_have_256_bits_and_differ(tokens: Tokens, tmp_path: Path) -> None:
    other = Tokens(str(tmp_path / "other.json"), LIFETIME_S)
    keys = [entry["key"] for each in (tokens, other) for entry in document(each).values()]
    assert len(set(keys)) == 6
    assert {len(base64.urlsafe_b64decode(f"{key}=")) for key in keys} == {32}


@pytest.mark.parametrize("purpose", list(Purpose))
def test_each_key_is_for_its_purpose(tokens: Tokens, purpose: Purpose) -> None:
    for other in Purpose:
        if other is purpose:
            tokens.check(purpose, header(tokens, other))
        else:
            with pytest.raises(ForbiddenError, match=f"^This key is not for {purpose.value}$"):
                tokens.check(purpose, header(tokens, other))


@pytest.mark.parametrize(
    "write",
    [
        lambda key: f"bearer {key}",
        lambda key: f"BEARER   {key} ",
    ],
)
def test_spellings_of_the_header(tokens: Tokens, write: Callable[[str], str]) -> None:
    tokens.check(Purpose.INFERENCE, write(document(tokens)["inference"]["key"]))


@pytest.mark.parametrize(
    "write",
    [
        lambda key: None,
        lambda key: "",
        lambda key: key,
        lambda key: "Bearer",
        lambda key: "Bearer ",
        lambda key: f"Basic {key}",
        lambda key: f"Bearer {key}x",
        lambda key: f"Bearer {key[:-1]}",
        lambda key: f"Bearer {key.swapcase()}",
        lambda key: f"Bearer {key},{key}",
        lambda key: "Bearer ä\udcff",
        lambda key: f"Bearer {'x' * 100_000}",
    ],
)
def test_no_valid_key(tokens: Tokens, write: Callable[[str], str | None]) -> None:
    with pytest.raises(UnauthenticatedError) as caught:
        tokens.check(Purpose.INFERENCE, write(document(tokens)["inference"]["key"]))
    assert document(tokens)["inference"]["key"] not in str(caught.value)


def test_keys_expire_but_for_the_one_that_renews(tokens: Tokens, clock: Clock) -> None:
    clock.now = START + LIFETIME_S - 0.001
    tokens.check(Purpose.INFERENCE, header(tokens, Purpose.INFERENCE))
    clock.now = START + LIFETIME_S
    for purpose in (Purpose.INFERENCE, Purpose.MANAGEMENT):
        with pytest.raises(UnauthenticatedError, match="has expired; renew it at /token"):
            tokens.check(purpose, header(tokens, purpose))
    with pytest.raises(UnauthenticatedError):  # of no use for anything else either
        tokens.check(Purpose.MANAGEMENT, header(tokens, Purpose.INFERENCE))
    tokens.check(Purpose.RENEWAL, header(tokens, Purpose.RENEWAL))


def test_renewing(tokens: Tokens, clock: Clock) -> None:
    before = document(tokens)
    clock.now = START + 3600
    tokens.renew("management", header(tokens, Purpose.RENEWAL))
    after = document(tokens)
    assert after["management"]["key"] != before["management"]["key"]
    assert after["management"]["expiration time"] > before["management"]["expiration time"]
    assert (after["inference"], after["API"]) == (before["inference"], before["API"])
    tokens.check(Purpose.MANAGEMENT, header(tokens, Purpose.MANAGEMENT))
    with pytest.raises(UnauthenticatedError):
        tokens.check(Purpose.MANAGEMENT, f"Bearer {before['management']['key']}")
    assert stat.S_IMODE(Path(tokens.path).stat().st_mode) == 0o600


def test_who_may_not_renew(tokens: Tokens) -> None:
    before = document(tokens)
    with pytest.raises(ForbiddenError):
        tokens.renew("management", header(tokens, Purpose.MANAGEMENT))
    with pytest.raises(UnauthenticatedError):
        tokens.renew("management", None)
    for kind in ("API", "", "INFERENCE", "token_api"):
        with pytest.raises(InvalidArgumentError, match=r"^type: expected inference or management, got "):
            tokens.renew(kind, header(tokens, Purpose.RENEWAL))
    assert document(tokens) == before


def test_a_key_that_cannot_be_written_does_not_count(tokens: Tokens, tmp_path: Path) -> None:
    key, renewal = header(tokens, Purpose.INFERENCE), header(tokens, Purpose.RENEWAL)
    Path(tokens.path).unlink()
    Path(tokens.path).mkdir()
    with pytest.raises(OSError, match="directory"):
        tokens.renew("inference", renewal)
    tokens.check(Purpose.INFERENCE, key)


def test_the_key_file_goes_with_its_server_and_stays_with_another(tokens: Tokens, clock: Clock) -> None:
    other = Tokens(tokens.path, LIFETIME_S, clock)
    tokens.close()
    assert Path(tokens.path).exists()
    other.close()
    assert not Path(tokens.path).exists()
    other.close()


def test_many_renew_at_once_and_the_file_says_what_counts(tokens: Tokens) -> None:
    renewal = header(tokens, Purpose.RENEWAL)
    threads = [
        threading.Thread(target=tokens.renew, args=(kind, renewal))
        for kind in ("inference", "management") * 8
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for purpose in Purpose:
        tokens.check(purpose, header(tokens, purpose))
    assert [entry.name for entry in Path(tokens.path).parent.iterdir()] == ["key_file.json"]
