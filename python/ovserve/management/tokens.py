"""Keys that requests to services carry as ``Authorization: Bearer KEY``.

There are three: for inference and for management, which expire, and one for renewing these two, which does
not. They are in ``key_file.json``, in TorchServe's form, for whoever may read it.
"""

import contextlib
import hmac
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from ovserve.errors import InvalidArgumentError, OvserveError
from ovserve.management.private_file import write_private_file

KEY_FILE = "key_file.json"
_KEY_BYTES = 32
_LONGEST_KEY = 1024  # characters that are compared at all


class Purpose(Enum):
    """What a key is for; the value is its name in the key file."""

    INFERENCE = "inference"
    MANAGEMENT = "management"
    RENEWAL = "API"


class UnauthenticatedError(OvserveError):
    """No key, or one that is unknown or has expired: a request with the right one may do it."""


class ForbiddenError(OvserveError):
    """A valid key, but for something else."""


@dataclass(frozen=True, slots=True)
class _Key:
    text: str
    expires: float | None  # seconds since 1970; None: never

    def valid(self, now: float) -> bool:
        return self.expires is None or now < self.expires


class Tokens:
    """The keys of one server. All methods may be called from any thread.

    Args:
        path: of the key file, which is written at once.
        lifetime_s: of keys for inference and management.
        clock: seconds since 1970.

    Raises:
        OSError: the key file cannot be written.
    """

    def __init__(self, path: str, lifetime_s: float, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._lock = threading.Lock()
        self._keys = {purpose: self._new_key(purpose) for purpose in Purpose}  # guarded by _lock
        self._write(self._keys)

    @property
    def path(self) -> str:
        """The key file."""
        return self._path

    def check(self, purpose: Purpose, authorization: str | None) -> None:
        """Let a request pass, by its ``Authorization`` header, or raise.

        Raises:
            UnauthenticatedError: there is no such header, or no valid key in it (401).
            ForbiddenError: the key is valid, but for something else (403).
        """
        given = _bearer(authorization)
        if given is None:
            raise UnauthenticatedError(
                f"Token is missing: send Authorization: Bearer and the {purpose.value} key of the key file"
            )
        now = self._clock()
        with self._lock:
            keys = dict(self._keys)
        # All are compared, so that the time tells nothing of which one came close.
        equal = {each: hmac.compare_digest(given, key.text.encode()) for each, key in keys.items()}
        if equal[purpose]:
            if not keys[purpose].valid(now):
                raise UnauthenticatedError(f"The {purpose.value} key has expired; renew it at /token")
            return
        if any(same and keys[each].valid(now) for each, same in equal.items()):
            raise ForbiddenError(f"This key is not for {purpose.value}")
        raise UnauthenticatedError("Token is not valid; keys are renewed and expire, see the key file")

    def renew(self, kind: str, authorization: str | None) -> None:
        """Make a new key in place of the one of that kind, which is worthless at once.

        Args:
            kind: ``inference`` or ``management``.
            authorization: the header, with the key for renewing.

        Raises:
            UnauthenticatedError, ForbiddenError: as :meth:`check`.
            InvalidArgumentError: another kind.
            OSError: the key file cannot be written; the old key stays.
        """
        self.check(Purpose.RENEWAL, authorization)
        if kind not in (Purpose.INFERENCE.value, Purpose.MANAGEMENT.value):
            raise InvalidArgumentError(f'type: expected inference or management, got "{kind}"')
        purpose = Purpose(kind)
        with self._lock:
            renewed = {**self._keys, purpose: self._new_key(purpose)}
            self._write(renewed)
            self._keys = renewed

    def close(self) -> None:
        """Remove the key file, unless another server has written its own there."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            with open(self._path, "rb") as file:
                content = file.read()
            if content == _document(self._keys):
                os.unlink(self._path)

    def _new_key(self, purpose: Purpose) -> _Key:
        expires = None if purpose is Purpose.RENEWAL else self._clock() + self._lifetime_s
        return _Key(secrets.token_urlsafe(_KEY_BYTES), expires)

    def _write(self, keys: Mapping[Purpose, _Key]) -> None:
        write_private_file(self._path, _document(keys))


def _bearer(authorization: str | None) -> bytes | None:
    scheme, _, key = (authorization or "").strip().partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key or len(key) > _LONGEST_KEY:
        return None
    return key.encode(errors="surrogateescape")


def _document(keys: Mapping[Purpose, _Key]) -> bytes:
    document = {}
    for purpose in (Purpose.MANAGEMENT, Purpose.INFERENCE, Purpose.RENEWAL):
        key = keys[purpose]
        document[purpose.value] = {"key": key.text}
        if key.expires is not None:
            document[purpose.value]["expiration time"] = _instant(key.expires)
    return json.dumps(document, indent=2).encode()


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
