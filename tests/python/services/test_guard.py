"""The process that ends what workers leave behind."""

import signal
import subprocess
from collections.abc import Iterator

import pytest

from ovserve.services.environment import WORKER_SIDE, WORKER_TAG
from ovserve.services.guard import Guard


@pytest.fixture
def guard() -> Iterator[Guard]:
    made = Guard()
    yield made
    made.stop()


def sleeper(tag: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(["sleep", "600"], env={WORKER_TAG: tag}, start_new_session=True)


def test_what_has_the_tag_ends_and_nothing_else(guard: Guard) -> None:
    worker, left, other = sleeper("one"), sleeper("one"), sleeper("other")
    try:
        guard.started(worker.pid, "one")
        guard.started(other.pid, "other")
        worker.kill()
        worker.wait()
        guard.ended("one")
        assert left.wait(60) == -signal.SIGKILL
        assert other.poll() is None
        guard.stop()
        assert other.wait(60) == -signal.SIGKILL
    finally:
        for process in (worker, left, other):
            process.kill()
            process.wait()


def test_a_program_that_is_just_starting_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from ovserve_worker import guard as program

    started = sleeper("one")
    looks = []

    def environment(pid: int) -> set[bytes]:
        if pid != started.pid:
            return {b"OTHER=1"}
        looks.append(pid)
        return set() if len(looks) < 3 else read(pid)

    read = program._environment
    monkeypatch.setattr(program, "_environment", environment)
    try:
        program._kill_tagged({"one"})
        assert started.wait(60) == -signal.SIGKILL
    finally:
        started.kill()
        started.wait()


def test_a_guard_that_was_killed_is_replaced(guard: Guard) -> None:
    first, second = sleeper("one"), sleeper("two")
    try:
        guard.started(first.pid, "one")
        assert guard._process is not None
        guard._process.kill()
        guard._process.wait()
        guard.started(second.pid, "two")
        guard.ended("one")
        assert first.wait(60) == -signal.SIGKILL
        assert second.poll() is None
    finally:
        for process in (first, second):
            process.kill()
            process.wait()


def test_both_sides_know_the_tag_by_one_name() -> None:
    program = (WORKER_SIDE / "ovserve_worker" / "guard.py").read_text()
    assert f'WORKER_TAG = "{WORKER_TAG}"' in program
