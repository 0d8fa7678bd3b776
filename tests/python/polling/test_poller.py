import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import configuration
from harness.fake_core import FakeCore, FakeFailure, FakeResult
from ovserve.config.refusals import BrokenJsonError
from ovserve.config.schema import Configuration, LoaderEntry, ModelEntry
from ovserve.polling.config_file import ConfigFile, FixedConfig
from ovserve.polling.poller import PassReport, Poller

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def core() -> Any:
    core = FakeCore()
    core.answers = {"apply": FakeResult(), "check_blacklist": FakeResult()}
    return core


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "m" / "1").mkdir(parents=True)
    document = configuration.document([configuration.model("m", tmp_path / "m")])
    return configuration.write(tmp_path / "config.json", document)


def applied(core: FakeCore) -> list[tuple[Any, ...]]:
    """Model names, wait and retry_now of each apply."""
    return [
        ([model.name for model in call[2]], call[3], call[4]) for call in core.calls if call[0] == "apply"
    ]


def test_a_pass_waits_retries_and_asks_the_blacklist(core: Any, config: Path) -> None:
    report = Poller(core, ConfigFile(config)).run_pass()
    assert applied(core) == [(["m"], True, True)]
    assert core.calls[-1] == ("check_blacklist", True)
    assert report == PassReport(changed=True, config_applied=True, failures=())


@pytest.mark.parametrize("function", ["apply", "check_blacklist", None])
def test_changed_is_what_either_step_changed(core: Any, config: Path, function: str | None) -> None:
    poller = Poller(core, ConfigFile(config))
    poller.run_pass()
    if function:
        core.answers[function] = FakeResult(changed=True)
    assert poller.run_pass().changed is (function is not None)


def test_failures_are_those_at_the_end_and_what_the_core_cannot_know(core: Any, config: Path) -> None:
    core.answers["check_blacklist"] = FakeResult(
        failures=[FakeFailure("", 0, "INTERNAL", "loader x"), FakeFailure("m", 1, "INTERNAL", "bad")]
    )
    document = [configuration.model("m", config.parent / "m"), configuration.model("n", config.parent / "n")]
    configuration.write(config, configuration.document(document))
    poller = Poller(core, ConfigFile(config))
    first, second = poller.run_pass(), poller.run_pass()
    texts = [str(failure) for failure in first.failures]
    assert texts[:2] == ["loader x", 'model "m" version 1: bad']
    assert texts[2].startswith('model "n": base_path')
    assert second.config_applied, "tried again, since the pass before had failures"


def test_a_refused_configuration_reaches_nobody(core: Any, config: Path) -> None:
    config.write_text("{broken")
    with pytest.raises(BrokenJsonError):
        Poller(core, ConfigFile(config)).run_pass()
    assert core.calls == []


def test_later_callers_share_a_pass_that_began_after_their_call(core: Any, config: Path) -> None:
    entered, release = threading.Semaphore(0), threading.Semaphore(0)

    def slow(*_: Any, **__: Any) -> FakeResult:
        entered.release()
        release.acquire()
        return FakeResult()

    core.answers["apply"] = slow
    poller = Poller(core, ConfigFile(config))
    threads = [threading.Thread(target=poller.run_pass) for _ in range(5)]
    threads[0].start()
    entered.acquire()
    for thread in threads[1:]:
        thread.start()
    release.release()
    entered.acquire()  # the first of the others has begun its own
    release.release(10)
    for thread in threads:
        thread.join(60)
    assert len(applied(core)) <= 5
    assert len(applied(core)) >= 2


def test_polling_applies_without_waiting(core: Any, config: Path, eventually: Eventually) -> None:
    poller = Poller(core, ConfigFile(config), interval_s=0.001)
    poller.start()
    eventually(lambda: (["m"], False, False) in applied(core))
    eventually(lambda: ("check_blacklist", False) in core.calls)
    poller.begin_stop()
    assert poller.join(60.0)


def test_questions_go_on_while_the_file_system_hangs(
    core: Any, config: Path, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    file = ConfigFile(config)
    monkeypatch.setattr(file, "poll", lambda: release.wait(60))
    poller = Poller(core, file, interval_s=0.001)
    poller.start()
    eventually(lambda: core.calls.count(("check_blacklist", False)) >= 3)
    poller.begin_stop()
    assert not poller.join(0.01)
    release.set()
    assert poller.join(60.0)


@pytest.mark.parametrize(("loaders", "warned"), [((), False), ((LoaderEntry("l", "/l.so"),), True)])
def test_polling_off(
    core: Any, loaders: tuple[LoaderEntry, ...], warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    source = FixedConfig(Configuration(loaders=loaders, models=(ModelEntry("m", "/x"),)))
    poller = Poller(core, source, interval_s=0)
    poller.start()
    assert ("polling is off" in caplog.text) is warned
    poller.begin_stop()
    assert poller.join(0.0)
    assert core.calls == []
