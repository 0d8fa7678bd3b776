import logging
import threading
from collections.abc import Callable

import pytest

from ovserve.polling.periodic import Periodic


def test_calls_again_and_again_until_stopped(eventually: Callable[[Callable[[], bool]], None]) -> None:
    calls: list[None] = []
    periodic = Periodic("test", 0.001, lambda: calls.append(None))
    periodic.start()
    eventually(lambda: len(calls) >= 3)
    periodic.begin_stop()
    assert periodic.join(60.0)
    count = len(calls)
    assert len(calls) == count


def test_goes_on_after_an_exception(
    eventually: Callable[[Callable[[], bool]], None], caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[None] = []

    def fail() -> None:
        calls.append(None)
        raise RuntimeError("boom")

    periodic = Periodic("the watch", 0.001, fail)
    periodic.start()
    eventually(lambda: len(calls) >= 2)
    periodic.begin_stop()
    assert periodic.join(60.0)
    record = caplog.records[0]
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith("the watch failed")
    assert record.exc_info


def test_join_gives_up_on_an_action_that_hangs() -> None:
    entered, release = threading.Event(), threading.Event()

    def hang() -> None:
        entered.set()
        release.wait(60)

    periodic = Periodic("test", 0.001, hang)
    periodic.start()
    assert entered.wait(60)
    periodic.begin_stop()
    assert not periodic.join(0.01)
    release.set()
    assert periodic.join(60.0)


def test_one_that_was_never_started_is_ended() -> None:
    periodic = Periodic("test", 1.0, lambda: None)
    periodic.begin_stop()
    assert periodic.join(0.0)
