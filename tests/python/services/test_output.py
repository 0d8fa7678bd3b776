"""Lines of workers."""

import os
from collections.abc import Iterator

import pytest

from ovserve.services.output import WorkerOutput


class Pipe:
    def __init__(self) -> None:
        end, self.entrance = os.pipe()
        self.lines: list[str] = []
        self.now = 0.0
        self.output = WorkerOutput(end, self.lines.append, lambda: self.now)

    def write(self, data: bytes) -> None:
        os.write(self.entrance, data)
        self.output.read()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.output.close()
    os.close(made.entrance)


def test_lines_are_cut_wherever_they_end(pipe: Pipe) -> None:
    pipe.write(b"one\ntw")
    assert pipe.lines == ["one"]
    pipe.write(b"o\r\n\xff\n\nrest")
    assert pipe.lines == ["one", "two", "\\xff", ""]
    pipe.output.close()
    assert pipe.lines[-1] == "rest"
    assert pipe.output.last_lines.endswith("rest")


def test_a_line_without_end_is_cut(pipe: Pipe) -> None:
    pipe.write(b"x" * 20_000)
    assert [len(line) for line in pipe.lines] == [16 * 1024]


def test_too_many_lines_are_left_out_and_counted(pipe: Pipe) -> None:
    for _ in range(12):
        pipe.write(b"line\n" * 100)
    assert len(pipe.lines) == 1000
    pipe.now = 1.0
    pipe.write(b"next\n")
    assert pipe.lines[1000:] == ["(200 lines were left out)", "next"]


def test_the_end_of_the_pipe_is_told(pipe: Pipe) -> None:
    assert pipe.output.read()
    os.dup2(os.open(os.devnull, os.O_RDONLY), pipe.entrance)
    assert not pipe.output.read()
