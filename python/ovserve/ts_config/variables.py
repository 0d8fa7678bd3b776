"""What the environment adds to ``config.properties``."""

import re
from collections.abc import Iterable, Mapping

from ovserve.errors import ConfigurationError

PREFIXES = ("TS_", "MMS_")
"""Of the variables that stand for keys, TorchServe's and Multi Model Server's."""

_REFERENCE = re.compile(r"\$\$([^$]+)\$\$")


def substituted(value: str, key: str, environment: Mapping[str, str]) -> str:
    """Put variables in the place of ``$$NAME$$``.

    Raises:
        ConfigurationError: a variable is not set; the message names it.
    """

    def variable(match: re.Match[str]) -> str:
        text = environment.get(match[1])
        if text is None:
            raise ConfigurationError(f"{key}: the environment variable {match[1]} is not set")
        return text

    return _REFERENCE.sub(variable, value)


def overrides(keys: Iterable[str], environment: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return the keys that have a variable, each with the variable's name and its text."""
    found: dict[str, tuple[str, str]] = {}
    for key in keys:
        for prefix in PREFIXES:
            name = f"{prefix}{key.upper()}"
            if key not in found and name in environment:
                found[key] = (name, environment[name])
    return found
