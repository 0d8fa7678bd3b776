"""Lines of the access log."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ovserve import access_log


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "access.log"
    access_log.set_up(str(path))
    yield path
    access_log.set_up(None)


def test_a_line(file: Path) -> None:
    assert access_log.is_on()
    access_log.Entry("127.0.0.1:1", "GET", "/ping?x=1").end("200", 13)
    access_log.Entry("", "POST", '/a" 200\n\x1b[31m\xff').end("404", 0)
    first, second = file.read_text().splitlines()
    time = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(rf'{time} 127\.0\.0\.1:1 "GET /ping\?x=1" 200 13 \d+\.\d{{3}}', first)
    assert '- "POST /a%22%20200%0A%1B[31m%FF" 404 0' in second


def test_a_file_that_is_moved_away_is_opened_anew(file: Path) -> None:
    access_log.Entry("", "GET", "/1").end("200", 0)
    file.rename(file.with_suffix(".old"))
    access_log.Entry("", "GET", "/2").end("200", 0)
    assert "/2" in file.read_text()
    assert "/1" in file.with_suffix(".old").read_text()


def test_off() -> None:
    access_log.set_up(None)
    assert not access_log.is_on()


def test_a_file_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        access_log.set_up(str(tmp_path / "nothing" / "access.log"))
    access_log.set_up(None)
