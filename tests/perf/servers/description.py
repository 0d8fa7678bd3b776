"""How to start a server and what it speaks, the same for ovserve, for limits and for peers.

docs/benchmarks.md has the keys of the TOML files that describe peers.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from perf.workloads.protocols import PROTOCOLS

PLACEHOLDERS = (
    "grpc_port",
    "rest_port",
    "config",
    "config_with_services",
    "models",
    "services",
    "folder",
    "here",
    "python",
)


class DescriptionError(ValueError):
    """A description is wrong; the text names the file and the key."""


@dataclass(frozen=True, slots=True)
class ServerDescription:
    """One server.

    Args:
        name: as results show it.
        command: what starts it; each part may hold placeholders in braces.
        protocols: those it speaks, with the path of each; the path may hold ``{model}``.
        kind: ``server``, ``peer`` or ``echo``.
        fronts: by transport, what speaks the protocol; an echo of the same front is its limit.
        ready_path: answered with 200 over HTTP/1.1 when the server is ready; empty: once its ports are open.
        prepare: a command that is run to its end before, say to write files of another kind.
        process_command: prints the id of the server's process where that is not the started one (containers).
        needs: programs without which it is left out.
        environment: variables in addition to those of the run.
    """

    name: str
    command: tuple[str, ...]
    protocols: Mapping[str, str]
    kind: str = "peer"
    fronts: Mapping[str, str] = field(default_factory=dict)
    ready_path: str = ""
    prepare: tuple[str, ...] = ()
    process_command: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    here: str = ""

    def missing(self) -> str:
        """Return why the server cannot be started here; empty if nothing is known to be missing."""
        lacking = [program for program in self.needs if shutil.which(program) is None]
        return f"not installed: {', '.join(lacking)}" if lacking else ""


def fill(parts: Sequence[str], values: Mapping[str, object]) -> list[str]:
    """Replace ``{name}`` in each part by its value; other braces stay."""
    filled = []
    for part in parts:
        for name, value in values.items():
            part = part.replace("{" + name + "}", str(value))
        filled.append(part)
    return filled


def read_description(path: Path) -> ServerDescription:
    """Read the TOML file of a peer.

    Raises:
        DescriptionError: the file cannot be read or is not TOML, or a key is missing, unknown or wrong.
    """
    try:
        document = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DescriptionError(f"{path}: {error}") from error
    unknown = set(document) - {*_TEXTS, *_LISTS, *_TABLES}
    if unknown:
        raise DescriptionError(f"{path}: {min(unknown)}: unknown key")
    return ServerDescription(
        name=_text(path, document, "name") or path.stem,
        command=_required(path, "command", _list(path, document, "command")),
        protocols=_required(path, "protocols", _protocols(path, document)),
        ready_path=_text(path, document, "ready_path"),
        prepare=_list(path, document, "prepare"),
        process_command=_list(path, document, "process_command"),
        needs=_list(path, document, "needs"),
        environment=_table(path, document, "environment"),
        here=str(path.resolve().parent),
    )


_Value = TypeVar("_Value")
_TEXTS = ("name", "ready_path")
_LISTS = ("command", "prepare", "process_command", "needs")
_TABLES = ("protocols", "environment")


def _required(path: Path, key: str, value: _Value) -> _Value:
    if not value:
        raise DescriptionError(f"{path}: {key} is missing")
    return value


def _text(path: Path, document: Mapping[str, Any], key: str) -> str:
    value = document.get(key, "")
    if not isinstance(value, str):
        raise DescriptionError(f"{path}: {key}: expected a text")
    return value


def _list(path: Path, document: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = document.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise DescriptionError(f"{path}: {key}: expected a list of texts")
    return tuple(value)


def _table(path: Path, document: Mapping[str, Any], key: str) -> dict[str, str]:
    value = document.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise DescriptionError(f"{path}: {key}: expected a table of texts")
    return value


def _protocols(path: Path, document: Mapping[str, Any]) -> dict[str, str]:
    """Return the path of each protocol; an empty one means the protocol's own."""
    protocols = {}
    for name, given in _table(path, document, "protocols").items():
        if name not in PROTOCOLS:
            raise DescriptionError(f"{path}: protocols.{name}: expected one of {', '.join(PROTOCOLS)}")
        protocols[name] = given or PROTOCOLS[name].path
    return protocols
