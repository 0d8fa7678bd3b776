import logging
import queue
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ovserve import log

LINE = re.compile(
    r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\]\[(?P<thread>\d+)\]\[(?P<logger>[\w.]+)\]"
    r"\[(?P<level>\w+)\]\[(?P<file>[\w.]+):(?P<line>\d+)\] (?P<text>.*)"
)


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger(log.LOGGER)
    before = (list(root.handlers), root.level, ours.level, logging.raiseExceptions)
    root.handlers.clear()
    yield
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    for handler in before[0]:
        root.addHandler(handler)
    root.setLevel(before[1])
    ours.setLevel(before[2])
    logging.raiseExceptions = before[3]


def lines(text: str) -> list[re.Match[str]]:
    matches = [LINE.fullmatch(line) for line in text.splitlines()]
    assert all(matches), text
    return [match for match in matches if match]


def test_the_line_form(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up()
    logging.getLogger("ovserve.config").warning("model %s is %s", "m", "late")
    (line,) = lines(capsys.readouterr().out)
    assert line.groupdict() == {
        "thread": str(threading.get_ident()),
        "logger": "ovserve.config",
        "level": "warning",
        "file": "test_log.py",
        "line": line["line"],
        "text": "model m is late",
    }
    assert int(line["line"]) > 0


@pytest.mark.parametrize(
    ("level", "seen"),
    [
        ("TRACE", ["trace", "debug", "info", "warning", "error", "critical"]),
        ("DEBUG", ["debug", "info", "warning", "error", "critical"]),
        ("INFO", ["info", "warning", "error", "critical"]),
        ("WARNING", ["warning", "error", "critical"]),
        ("ERROR", ["error", "critical"]),
    ],
)
def test_levels(level: str, seen: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up(level)
    for number in (log.TRACE, 10, 20, 30, 40, 50):
        logging.getLogger("ovserve.x").log(number, "text")
    assert [line["level"] for line in lines(capsys.readouterr().out)] == seen
    assert log.core_level() == logging.getLogger("ovserve").level


def test_other_packages_log_from_warning_on(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("TRACE")
    logging.getLogger("elsewhere").info("not this")
    logging.getLogger("elsewhere").warning("but this")
    assert [line["text"] for line in lines(capsys.readouterr().out)] == ["but this"]


def test_the_file_gets_every_line_too_and_can_be_rotated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "server.log"
    file.write_text("")
    log.set_up("INFO", str(file))
    logging.getLogger("ovserve").info("one ä")
    file.rename(tmp_path / "old.log")
    logging.getLogger("ovserve").info("two")
    assert (tmp_path / "old.log").read_text(encoding="utf-8").endswith(" one ä\n")
    assert file.read_text(encoding="utf-8").endswith(" two\n")
    assert len(lines(capsys.readouterr().out)) == 2


def test_a_file_that_cannot_be_opened_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    before = logging.getLogger("ovserve").level
    with pytest.raises(OSError, match="Is a directory"):
        log.set_up("ERROR", str(tmp_path))
    assert logging.getLogger("ovserve").level == before


def test_setting_up_twice_does_not_double_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up()
    log.set_up()
    logging.getLogger("ovserve").info("once")
    assert len(lines(capsys.readouterr().out)) == 1


def test_text_of_others_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up()
    logging.getLogger("ovserve").error("loader said: %s", "a\n[fake line]\r\x1b[31mred\u2028 \ud800")
    (line,) = lines(capsys.readouterr().out)
    assert line["text"] == r"loader said: a\n[fake line]\r\x1b[31mred\u2028 \ud800"


def test_a_traceback_follows_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up()
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        logging.getLogger("ovserve").exception("failed")
    output = capsys.readouterr().out
    assert LINE.fullmatch(output.splitlines()[0])
    assert output.endswith("RuntimeError: broken\n")


class Collected(logging.Handler):
    """Records that arrived; waits for them instead of sleeping."""

    def __init__(self) -> None:
        super().__init__()
        self.records: queue.Queue[logging.LogRecord] = queue.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.put(record)
        if record.getMessage() == "breaks the handler":
            raise RuntimeError("no disk")


def test_core_lines_arrive_in_logging() -> None:
    source: queue.Queue[list[tuple[int, str, str]]] = queue.Queue()

    def next_records(timeout_s: float) -> list[tuple[int, str, str]]:
        try:
            return source.get(timeout=timeout_s) if timeout_s else source.get_nowait()
        except queue.Empty:
            return []

    log.set_up("INFO")
    handler = Collected()
    logging.getLogger().addHandler(handler)
    with log.CoreLog(next_records):
        source.put([(40, "ovserve.loader", "breaks the handler"), (10, "ovserve.loader", "too fine")])
        source.put([(20, "ovserve.repository", "100 % %s")])
        first, second = (handler.records.get(timeout=30) for _ in range(2))
    assert (first.name, first.levelno) == ("ovserve.loader", 40)
    assert (second.name, second.levelno, second.getMessage()) == ("ovserve.repository", 20, "100 % %s")
    assert LINE.fullmatch(log.LineFormatter().format(second))


def test_stopping_hands_over_what_is_left() -> None:
    waiting = threading.Event()
    last = [(40, "ovserve.repository", "the last word")]

    def next_records(timeout_s: float) -> list[tuple[int, str, str]]:
        if timeout_s:
            waiting.set()
            threading.Event().wait(0.01)
            return []
        return last

    handler = Collected()
    log.set_up()
    logging.getLogger().addHandler(handler)
    core_log = log.CoreLog(next_records)
    core_log.start()
    assert waiting.wait(30)
    core_log.stop()
    assert handler.records.get(timeout=30).getMessage() == "the last word"
