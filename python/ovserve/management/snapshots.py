"""The state of services in files, TorchServe's: written when it changes, restored when asked for.

A snapshot is a ``config.properties`` with the entry ``model_snapshot``; given as ``--ts_config`` it brings
back what was registered, here and in TorchServe.
"""

import contextlib
import json
import os
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from ovserve.errors import ConfigurationError
from ovserve.management.private_file import write_private_file
from ovserve.ts_config.models_json import parse_model_snapshot
from ovserve.ts_config.options import ModelSettings, ServiceOptions
from ovserve.ts_config.properties import decoded, format_property, parse_properties

KEY = "model_snapshot"
MOST_KEPT = 100

_NAME = re.compile("[0-9]{17}-(?:startup|snapshot|shutdown)[.]cfg")


class Occasion(Enum):
    """Why a snapshot is written; the value is part of its name."""

    STARTUP = "startup"
    CHANGE = "snapshot"
    SHUTDOWN = "shutdown"


class Snapshots:
    """Writes snapshots into one directory. May be used from any thread.

    Args:
        directory: made if missing.
        entries: of config.properties, to be in each snapshot, so that one stands for itself.
        kept: the newest so many stay, older ones are removed.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        directory: str,
        entries: Mapping[str, str],
        kept: int = MOST_KEPT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._directory = directory
        self._entries = {key: value for key, value in entries.items() if key != KEY}
        self._kept = kept
        self._clock = clock
        self._lock = threading.Lock()

    def write(self, occasion: Occasion, models: Sequence[ModelSettings]) -> str:
        """Write what is registered and return the file's path.

        Args:
            occasion: becomes part of the name.
            models: all versions, each with its archive.

        Raises:
            OSError: it cannot be written.
        """
        with self._lock:
            os.makedirs(self._directory, mode=0o700, exist_ok=True)
            path = self._new_path(occasion)
            lines = [format_property(key, value) for key, value in self._entries.items()]
            lines.append(format_property(KEY, snapshot_json(os.path.basename(path), models)))
            write_private_file(path, "".join(f"{line}\n" for line in lines).encode())
            self._prune()
            return path

    def _new_path(self, occasion: Occasion) -> str:
        """Return a path that sorts after all others, also when the clock stands still or goes back."""
        moment = datetime.fromtimestamp(self._clock())
        number = int(moment.strftime("%Y%m%d%H%M%S") + f"{moment.microsecond // 1000:03}")
        last = newest(self._directory)
        if last is not None:
            number = max(number, int(os.path.basename(last)[:17]) + 1)
        return os.path.join(self._directory, f"{number:017}-{occasion.value}.cfg")

    def _prune(self) -> None:
        for path in _all(self._directory)[: -self._kept]:
            with contextlib.suppress(OSError):
                os.unlink(path)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One that was read: what was registered, and what of it has no effect here."""

    models: tuple[ModelSettings, ...]
    warnings: tuple[str, ...] = ()


def entries_for_snapshots(options: ServiceOptions) -> dict[str, str]:
    """Return what stands beside the models in each snapshot: the file's entries, and the store in use."""
    entries = dict(options.entries)
    if options.model_store is not None:
        entries["model_store"] = options.model_store
    return entries


def newest(directory: str) -> str | None:
    """Return the path of the newest snapshot; None if there is none."""
    paths = _all(directory)
    return paths[-1] if paths else None


def read_snapshot(path: str) -> Snapshot:
    """Read what was registered.

    Raises:
        ConfigurationError: this is no snapshot; the message names the file and the place.
        OSError: it cannot be read.
    """
    try:
        entries = {each.key: each.value for each in parse_properties(decoded(Path(path).read_bytes()))}
        if KEY not in entries:
            raise ConfigurationError(f"there is no {KEY} in it")
        document = parse_model_snapshot(entries[KEY], KEY)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    return Snapshot(document.models, document.warnings)


def snapshot_json(name: str, models: Sequence[ModelSettings]) -> str:
    """Return the value of ``model_snapshot``."""
    by_name: dict[str, dict[str, object]] = {}
    for model in models:
        by_name.setdefault(model.name, {})[model.version] = _settings(model)
    document = {"name": name, "modelCount": len(models), "models": by_name}
    return json.dumps(document, indent=2)


def _settings(model: ModelSettings) -> dict[str, object]:
    settings = {
        "defaultVersion": model.default_version,
        "marName": model.archive,
        "minWorkers": model.min_workers,
        "maxWorkers": model.max_workers,
        "batchSize": model.batch_size,
        "maxBatchDelay": None if model.max_batch_delay_s is None else round(model.max_batch_delay_s * 1000),
        "responseTimeout": _whole_seconds(model.response_timeout_s),
        "startupTimeout": _whole_seconds(model.startup_timeout_s),
        "runtimeType": model.runtime,
        "handler": model.handler,
    }
    return {key: value for key, value in settings.items() if value is not None}


def _whole_seconds(seconds: float | None) -> int | None:
    return None if seconds is None else max(1, round(seconds))  # TorchServe's are whole


def _all(directory: str) -> list[str]:
    """Return the paths of all snapshots, oldest first."""
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return []
    return [os.path.join(directory, name) for name in sorted(names) if _NAME.fullmatch(name)]
