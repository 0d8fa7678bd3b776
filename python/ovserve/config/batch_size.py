"""The value of ``batch_size``."""

import re

from ovserve.config.json_document import JsonInteger, JsonValue
from ovserve.config.keys import expectation
from ovserve.config.refusals import ValueTextError
from ovserve.config.schema import BatchSize

LARGEST_BATCH = 2**31 - 1
FORMS = 'a number, "0" (the model\'s own), "-1" or "auto" (any), or "min:max"'


class BatchSizeTextError(ValueTextError):
    """The text does not say a batch size: that keeps out the model, not the configuration."""


def parse_batch_size(value: JsonValue, path: str) -> BatchSize | None:
    """Read a batch size as JSON; None is the model's own.

    Raises:
        ConfigurationError: a negative integer or a wrong type.
        BatchSizeTextError: a string, or a size, that means nothing.
    """
    if isinstance(value, JsonInteger):
        if value < 0:
            raise expectation(path, 'an integer, 0 or more (any size: "-1" in quotes)', value)
        return parse_batch_size_text(str(int(value)), path)
    if not isinstance(value, str):
        raise expectation(path, "an integer or a string", value)
    return parse_batch_size_text(value, path)


def parse_batch_size_text(text: str, path: str) -> BatchSize | None:
    """Read a batch size as the command line has it. Spaces do not count."""
    form = text.replace(" ", "")
    if form == "0":
        return None
    if form in ("-1", "auto"):
        return BatchSize(1, None, auto=form == "auto")
    match = re.fullmatch(r"([0-9]{1,10})(?::([0-9]{1,10}))?", form)
    if match:
        low = int(match[1])
        high = int(match[2] or match[1])
        if 1 <= low <= high <= LARGEST_BATCH:
            return BatchSize(low, high)
    raise BatchSizeTextError(f'{path}: "{text}" is no batch size; expected {FORMS}')
