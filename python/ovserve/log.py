"""Logging: set up once by the command line, in the line form of OpenVINO Model Server.

``[time][thread][logger][level][file:line] text``, one line per event. Lines of the native core arrive
through :class:`CoreLog`; what they come from is told by their logger.
"""

import contextlib
import logging
import logging.handlers
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType

TRACE = 5
"""Below DEBUG: every call and every request."""

LOGGER = "ovserve"
"""The logger above all others of this package."""

NextRecords = Callable[[float], list[tuple[int, str, str]]]

_LEVELS = {
    "TRACE": TRACE,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
}
_CORE_FILE = "core"
_OUTSIDE_PYTHON = 0  # the thread id of lines whose thread is not known here


def set_up(level: str = "INFO", path: str | None = None) -> None:
    """Send the log to standard output and, with ``path``, to the end of that file too.

    Replaces what was set up before. A file that is moved away is opened anew, so it can be rotated.

    Args:
        level: TRACE, DEBUG, INFO, WARNING or ERROR for this package; others log from WARNING on.
        path: the log file.

    Raises:
        OSError: the log file cannot be opened.
    """
    logging.addLevelName(TRACE, "TRACE")
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stdout)]
    if path is not None:
        handlers.append(
            logging.handlers.WatchedFileHandler(path, encoding="utf-8", errors="backslashreplace")
        )
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name from outside must not stop the line
    logging.raiseExceptions = False  # nobody reads standard output any more: that is no reason to complain
    formatter = LineFormatter()
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(LOGGER).setLevel(_LEVELS[level])


class LineFormatter(logging.Formatter):
    """One line per event; a traceback, if any, follows it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        seconds = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.created))
        thread = record.thread if record.thread is not None else _OUTSIDE_PYTHON
        head = (
            f"[{seconds}.{int(record.msecs):03d}][{thread}][{record.name}]"
            f"[{_level_word(record.levelno)}][{record.filename}:{record.lineno}]"
        )
        lines = [f"{head} {_on_one_line(record.getMessage())}"]
        if record.exc_info:
            lines.append(self.formatException(record.exc_info))
        return "\n".join(lines)


class CoreLog:
    """A thread that hands the core's log lines to :mod:`logging`. Use as a context manager.

    Args:
        next_records: waits at most the given seconds for lines: ``_core.next_log_records``.
    """

    def __init__(self, next_records: NextRecords) -> None:
        self._next_records = next_records
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ovserve-core-log", daemon=True)

    def __enter__(self) -> "CoreLog":
        """Start the thread."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Log what is left, then end the thread."""
        self.stop()

    def start(self) -> None:
        """Start the thread. May be called once."""
        self._thread.start()

    def stop(self) -> None:
        """Log what is left, then end the thread."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._hand_over(self._next_records(0.2))
        self._hand_over(self._next_records(0.0))

    @staticmethod
    def _hand_over(records: list[tuple[int, str, str]]) -> None:
        for level, name, text in records:
            logger = logging.getLogger(name)
            if not logger.isEnabledFor(level):
                continue
            record = logger.makeRecord(name, level, _CORE_FILE, 0, text, (), None)
            record.thread = _OUTSIDE_PYTHON
            with contextlib.suppress(Exception):  # a handler that fails must not end the log
                logger.handle(record)


def core_level() -> int:
    """Return the level below which the core need not pass lines on."""
    return logging.getLogger(LOGGER).getEffectiveLevel()


def _level_word(level: int) -> str:
    for word, lowest in reversed(_LEVELS.items()):
        if level >= lowest:
            return "critical" if level >= logging.CRITICAL else word.lower()
    return "trace"


def _on_one_line(text: str) -> str:
    """Spell out control characters: text of others must not look like lines of ours."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character == "\t" else _escaped(character)
        for character in text
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
