"""What a command-line flag is."""

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What a flag's value is."""

    TEXT = auto()
    INTEGER = auto()
    SECONDS = auto()  # a number, fractions allowed
    SWITCH = auto()  # may stand alone
    LIST = auto()  # all that follows up to the next flag, with commas or as several arguments
    COMMAND = auto()  # stands alone, or before the text that the command is about


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag, without its leading dashes.

    ``default`` is what the help shows. ``single_model``: describes the one model of the command line.
    ``no_effect`` says why a flag known from OpenVINO Model Server changes nothing here; its value is
    checked all the same. ``not_offered`` says why such a flag is refused.
    """

    name: str
    kind: Kind = Kind.TEXT
    help: str = ""
    default: str = ""
    low: float = 0
    high: float = 2**31 - 1
    choices: tuple[str, ...] = ()
    single_model: bool = False
    no_effect: str = ""
    not_offered: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Flags that the help lists under one heading."""

    heading: str
    flags: tuple[Flag, ...]
