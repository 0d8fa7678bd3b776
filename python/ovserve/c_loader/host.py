"""The server's side of the C loader interface, for libraries that are driven from Python."""

import functools
import itertools
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ovserve.c_loader.header import LogLevel, interface

_FOR_EVER = 2**63 - 1
_LONGEST_TEXT = 1000

# Loaders name hosts and calls by numbers, so that one that is used for too long, or made up, reaches nothing.
_numbers = itertools.count(1)
_hosts: "weakref.WeakValueDictionary[int, Host]" = weakref.WeakValueDictionary()
_calls: "dict[int, Host]" = {}


@dataclass(frozen=True)
class Progress:
    """One report about a call."""

    model: str
    """Empty while the loader itself is made or ends."""
    version: int
    fraction: float | None
    """0 to 1; None if the loader does not know it."""
    text: str


class Host:
    """What loaders are offered. It notes what they tell, and says what its owner sets.

    Thread-safe, since loaders tell things from threads of their own.
    """

    def __init__(self, *, deadline_s: float | None = None) -> None:
        """Make a host whose calls may take ``deadline_s`` seconds each; None: as long as they want."""
        self.log_lines: list[tuple[LogLevel, str]] = []
        self.progress: list[Progress] = []
        self.number = next(_numbers)
        """By which loaders name this host."""
        self._deadline_s = deadline_s
        self._cancelled = False
        self._changes = 0
        self._told = threading.Condition()
        self._running: dict[int, tuple[float, str, int]] = {}
        _hosts[self.number] = self

    @property
    def blacklist_changes(self) -> int:
        """How often loaders told that their answers changed."""
        return self._changes

    def wait_for_blacklist_change(self, seen: int, timeout_s: float) -> bool:
        """Wait until :attr:`blacklist_changes` is more than ``seen``; False after the timeout."""
        with self._told:
            return self._told.wait_for(lambda: self._changes > seen, timeout_s)

    def cancel(self) -> None:
        """Tell the calls that run, and all later ones, that nobody wants their results."""
        self._cancelled = True

    @contextmanager
    def call(self, model: str = "", version: int = 0) -> Iterator[int]:
        """Give a call its number for as long as the block runs."""
        number = next(_numbers)
        self._running[number] = (time.monotonic(), model, version)
        _calls[number] = self
        try:
            yield number
        finally:
            del _calls[number]
            del self._running[number]

    def _note_log(self, level: int, text: str) -> None:
        known = level in LogLevel.__members__.values()
        self.log_lines.append((LogLevel(level) if known else LogLevel.INFO, text))  # as the server does

    def _note_blacklist_change(self) -> None:
        with self._told:
            self._changes += 1
            self._told.notify_all()

    def _note_progress(self, call: int, fraction: float, text: str) -> None:
        _, model, version = self._running.get(call, (0.0, "", 0))
        self.progress.append(Progress(model, version, min(fraction, 1.0) if fraction >= 0 else None, text))

    def _remaining_ms(self, call: int) -> int:
        began, _, _ = self._running.get(call, (None, "", 0))
        if began is None:
            return 0
        if self._deadline_s is None:
            return _FOR_EVER
        return max(0, int((began + self._deadline_s - time.monotonic()) * 1000))

    def _is_cancelled(self, call: int) -> bool:
        return self._cancelled or self._remaining_ms(call) == 0


def text_of(pointer: Any) -> str:
    """Return a loader's text, read no further than the server would."""
    ffi = interface()
    return "" if pointer == ffi.NULL else ffi.string(pointer, _LONGEST_TEXT).decode(errors="replace")


@functools.cache
def host_table() -> Any:
    """Return the ``ovserve_host_api*`` that all libraries get; it lives as long as the process."""
    ffi = interface()
    table = ffi.new("ovserve_host_api *")
    table.struct_size = ffi.sizeof("ovserve_host_api")
    table.abi_version = ffi.typeof("enum ovserve_loader_abi").relements["OVSERVE_LOADER_ABI_VERSION"]
    for name, (signature, function) in _HOST_FUNCTIONS.items():
        callback = ffi.callback(signature, function)
        _kept.append(callback)
        setattr(table, name, callback)
    return table


def _log(host: int, level: int, text: Any) -> None:
    found = _hosts.get(host)
    if found is not None and text != interface().NULL:
        found._note_log(level, text_of(text))


def _blacklist_changed(host: int) -> None:
    found = _hosts.get(host)
    if found is not None:
        found._note_blacklist_change()


def _remaining_ms(call: int) -> int:
    host = _calls.get(call)
    return 0 if host is None else host._remaining_ms(call)


def _cancelled(call: int) -> int:
    host = _calls.get(call)
    return 1 if host is None or host._is_cancelled(call) else 0


def _progress(call: int, fraction: float, text: Any) -> None:
    host = _calls.get(call)
    if host is not None:
        host._note_progress(call, fraction, text_of(text))


_HOST_FUNCTIONS = {
    "log": ("void(ovserve_host, int32_t, const char *)", _log),
    "blacklist_changed": ("void(ovserve_host)", _blacklist_changed),
    "remaining_ms": ("int64_t(ovserve_call)", _remaining_ms),
    "cancelled": ("int32_t(ovserve_call)", _cancelled),
    "progress": ("void(ovserve_call, double, const char *)", _progress),
}
_kept: list[Any] = []
