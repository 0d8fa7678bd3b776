"""Arguments of the program to checked values per flag, and the help text."""

import math
from collections.abc import Sequence
from typing import TypeAlias

from ovserve.config.flag import Flag, Group, Kind
from ovserve.config.flags import FLAGS, GROUPS, REFUSED
from ovserve.config.flags_services import ALIASES
from ovserve.config.nearest import nearest
from ovserve.errors import ConfigurationError

FlagValue: TypeAlias = str | int | float | bool

_TRUE = ("true", "1")
_FALSE = ("false", "0")
_SHORT = {"-h": "--help"}
_BY_FOLDED_NAME = {name.replace("-", "_"): flag for name, flag in FLAGS.items()}


class UsageError(ConfigurationError):
    """The command line itself is wrong; the message names the flag and the way out."""


def parse_arguments(arguments: Sequence[str]) -> dict[str, FlagValue]:
    """Read ``--name value``, ``--name=value`` and switches that stand alone; a later flag wins.

    Within a name ``-`` and ``_`` are the same.

    Raises:
        UsageError: unknown or not offered flag, missing value, wrong type, out of range.
    """
    values: dict[str, FlagValue] = {}
    pending = [_SHORT.get(argument, argument) for argument in arguments]
    pending.reverse()
    while pending:
        argument = pending.pop()
        name, equals, text = argument.partition("=")
        flag = _known_flag(name)
        if not equals:
            text = _next_value(flag, pending)
        values[flag.name] = _value(flag, text)
    return values


def help_text() -> str:
    """Return the usage: every flag on one line, in groups; those that are refused come last."""
    width = max(len(name) for name in FLAGS) + 2
    lines = [
        "Usage: ovserve --config_path FILE [flags]",
        "       ovserve --model_name NAME --model_path DIRECTORY [flags]",
        "       ovserve --model_store DIRECTORY --models name=archive.mar --rest_port PORT [flags]",
        "       ovserve --list_models --model_repository_path DIRECTORY",
        "       ovserve --add_to_config --config_path FILE --model_name NAME --model_path DIRECTORY",
        "       ovserve --remove_from_config --config_path FILE --model_name NAME",
        "       ovserve archive --help",
        "",
        "Serves OpenVINO models over gRPC and REST, from files and through custom loaders.",
        "Flags are written --name value or --name=value; - may stand for _ within a name.",
    ]
    for group in (*GROUPS, Group("Known from other servers and refused", REFUSED)):
        lines += ["", f"{group.heading}:"]
        for flag in group.flags:
            default = f" [{flag.default}]" if flag.default else ""
            lines.append(f"  {'--' + flag.name:<{width}}  {flag.help or flag.not_offered}{default}")
    return "\n".join(lines) + "\n"


def _known_flag(written: str) -> Flag:
    flag = _flag(written)
    if flag is None:
        similar = nearest(written, (name for name, flag in FLAGS.items() if not flag.not_offered))
        hint = f"did you mean --{similar}?" if similar else "see --help"
        kind = "flag" if written.startswith("-") else "argument"
        raise UsageError(f"unknown {kind} {written}; {hint}")
    if flag.not_offered:
        raise UsageError(f"--{flag.name}: {flag.not_offered}")
    return flag


def _flag(written: str) -> Flag | None:
    """Return the flag of this spelling, dashes included."""
    if not written.startswith("--"):
        return FLAGS.get(ALIASES.get(written, "")[2:])
    name = f"--{written[2:].replace('-', '_')}"
    return _BY_FOLDED_NAME.get(ALIASES.get(name, name)[2:])


def _next_value(flag: Flag, pending: list[str]) -> str:
    """Take the value from the arguments that follow."""
    if flag.kind is Kind.SWITCH:
        return pending.pop() if pending and pending[-1].lower() in (*_TRUE, *_FALSE) else "true"
    if flag.kind is Kind.COMMAND:
        return pending.pop() if pending and not pending[-1].startswith("--") else "true"
    if not pending:
        raise UsageError(f"--{flag.name} needs a value")
    following = pending[-1]
    if _is_flag(following):
        raise UsageError(f"--{flag.name} needs a value, got the flag {following}")
    if flag.kind is Kind.LIST:
        return _list(pending)
    return pending.pop()


def _list(pending: list[str]) -> str:
    """Take all arguments up to the next one that looks like a flag."""
    values: list[str] = []
    while pending and not pending[-1].startswith("-"):
        values.append(pending.pop())
    return ",".join(values)


def _is_flag(argument: str) -> bool:
    return argument.startswith("--") and _flag(argument.partition("=")[0]) is not None


def _value(flag: Flag, text: str) -> FlagValue:
    if flag.kind is Kind.SWITCH:
        return _switch(flag, text)
    if flag.kind is Kind.COMMAND and text.lower() in ("true", "false"):
        return _switch(flag, text)
    if flag.kind is Kind.INTEGER:
        return _in_range(flag, text, _integer(text))
    if flag.kind is Kind.SECONDS:
        return _in_range(flag, text, _number(text))
    if flag.choices and text not in flag.choices:
        raise _wrong(flag, f"one of {', '.join(flag.choices)}", text)
    if not text:
        raise UsageError(f"--{flag.name} needs a value that is not empty")
    if not text.isprintable() and any("\ud800" <= character <= "\udfff" for character in text):
        raise UsageError(f"--{flag.name}: the value is not UTF-8: {text!r}")
    return text


def _switch(flag: Flag, text: str) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        raise _wrong(flag, "true or false", text)
    return text.lower() in _TRUE


def _integer(text: str) -> int | None:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 20 else None


def _number(text: str) -> float | None:
    try:
        value = float(text) if text.isascii() else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _in_range(flag: Flag, text: str, value: float | None) -> int | float:
    if value is None or not flag.low <= value <= flag.high:
        what = "an integer" if flag.kind is Kind.INTEGER else "a number"
        raise _wrong(flag, f"{what} from {flag.low:.0f} to {flag.high:.0f}", text)
    return value


def _wrong(flag: Flag, expected: str, text: str) -> UsageError:
    return UsageError(f'--{flag.name}: expected {expected}, got "{text}"')
