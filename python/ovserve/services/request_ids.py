"""Ids of requests that come without one."""

import itertools
import uuid

_PROCESS_ID = str(uuid.uuid4())[:-12]
_numbers = itertools.count(1)


def new_request_id() -> str:
    """Return an id in the form of a UUID; making a real one costs much of a small request's time."""
    return f"{_PROCESS_ID}{next(_numbers):012x}"
