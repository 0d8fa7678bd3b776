"""The value of ``batching``."""

from ovserve.config.json_document import JsonInteger, JsonObject, JsonValue
from ovserve.config.keys import BATCHING, check_object, expectation
from ovserve.config.schema import Batching

LARGEST_BATCH = 2**31 - 1
LONGEST_DELAY_US = 10_000_000


def parse_batching(value: JsonValue, path: str) -> Batching:
    """Read ``{"max_batch": N, "max_delay_us": D}``; the delay is 0 if it is absent.

    Raises:
        ConfigurationError: anything else.
    """
    members = check_object(value, BATCHING, path)
    return Batching(
        max_batch=_number(members, "max_batch", 2, LARGEST_BATCH, path),
        max_delay_us=_number(members, "max_delay_us", 0, LONGEST_DELAY_US, path),
    )


def _number(members: JsonObject, name: str, lowest: int, highest: int, path: str) -> int:
    value = members.get(name, JsonInteger(lowest))
    if not isinstance(value, JsonInteger) or not lowest <= value <= highest:
        raise expectation(f"{path}.{name}", f"an integer from {lowest} to {highest}", value)
    return int(value)
