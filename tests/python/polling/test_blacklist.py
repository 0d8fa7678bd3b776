from collections.abc import Callable
from typing import Any, cast

from harness.fake_core import FakeCore
from ovserve._core import Core
from ovserve.polling.blacklist import blacklist_watch


def test_asks_once_per_interval_without_waiting(eventually: Callable[[Callable[[], bool]], None]) -> None:
    core: Any = FakeCore()
    watch = blacklist_watch(cast(Core, core), 0.001)
    watch.start()
    eventually(lambda: len(core.calls) >= 2)
    watch.begin_stop()
    assert watch.join(60.0)
    assert set(core.calls) == {("check_blacklist", False)}
