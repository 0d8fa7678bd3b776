"""When the sample loader takes a version out of service, and when it gives it back."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ovserve.errors import FailedPreconditionError, InternalError
from ovserve.loaders.library import Loader

MakeLoader = Callable[..., Loader]
Eventually = Callable[[Callable[[], bool]], None]

OPTIONS = {"model_file": "m.onnx", "enable_file": "m.status"}
FAST = {"check_period_s": 0.02}
NEVER = {"check_period_s": 86400}


def status(model: Path, version: int = 1) -> Path:
    return model / str(version) / "m.status"


def test_disabled_and_enabled_while_loaded(
    make_loader: MakeLoader, model: Path, eventually: Eventually
) -> None:
    loader = make_loader(**FAST)
    loader.load("m", model, 1, OPTIONS)
    assert not loader.blacklisted("m", 1)
    status(model).write_text("DISABLED")
    eventually(lambda: loader.blacklisted("m", 1))
    status(model).write_text("enabled\n")
    eventually(lambda: not loader.blacklisted("m", 1))
    status(model).write_text("DISABLED\n")
    eventually(lambda: loader.blacklisted("m", 1))
    status(model).unlink()
    eventually(lambda: not loader.blacklisted("m", 1))


def test_disabled_before_the_first_load(make_loader: MakeLoader, model: Path, eventually: Eventually) -> None:
    status(model).write_text("DISABLED\n")
    loader = make_loader(**FAST)
    with pytest.raises(FailedPreconditionError):
        loader.load("m", model, 1, OPTIONS)
    loader.unload("m", 1)
    assert loader.blacklisted("m", 1)
    status(model).unlink()
    eventually(lambda: not loader.blacklisted("m", 1))
    assert bytes(loader.load("m", model, 1, OPTIONS).model) == b"onnx"


def test_load_looks_at_the_file_itself(make_loader: MakeLoader, model: Path) -> None:
    loader = make_loader(**NEVER)
    loader.load("m", model, 1, OPTIONS)
    loader.unload("m", 1)
    status(model).write_text("DISABLED\n")
    with pytest.raises(FailedPreconditionError):
        loader.load("m", model, 1, OPTIONS)
    assert loader.blacklisted("m", 1)
    status(model).unlink()
    loader.load("m", model, 1, OPTIONS)
    assert not loader.blacklisted("m", 1)


def test_unloading_ends_no_watch(make_loader: MakeLoader, model: Path, eventually: Eventually) -> None:
    loader = make_loader(**FAST)
    for version in (1, 2):
        loader.load("m", model, version, OPTIONS)
    loader.load("other", model, 1, OPTIONS)
    status(model, 1).write_text("DISABLED\n")
    eventually(lambda: loader.blacklisted("m", 1) and loader.blacklisted("other", 1))
    loader.unload("m", 1)
    loader.unload("other", 1)
    status(model, 2).write_text("DISABLED\n")
    # Version 2 being noticed means that a whole look at all files came after the unloads.
    eventually(lambda: loader.blacklisted("m", 2))
    assert loader.blacklisted("m", 1)
    assert loader.blacklisted("other", 1)
    status(model, 1).unlink()
    eventually(lambda: not loader.blacklisted("m", 1) and not loader.blacklisted("other", 1))
    assert loader.blacklisted("m", 2)


def test_retiring_forgets_all_versions_of_that_model_only(
    make_loader: MakeLoader, model: Path, eventually: Eventually
) -> None:
    loader = make_loader(**FAST)
    for name in ("a", "m", "z"):
        for version in (1, 2):
            loader.load(name, model, version, OPTIONS)
    for version in (1, 2):
        status(model, version).write_text("DISABLED\n")
    everyone = [(name, version) for name in ("a", "m", "z") for version in (1, 2)]
    eventually(lambda: all(loader.blacklisted(*one) for one in everyone))
    loader.retire("m")
    assert [one for one in everyone if not loader.blacklisted(*one)] == [("m", 1), ("m", 2)]


def test_a_load_that_failed_is_not_blacklisted(make_loader: MakeLoader, model: Path) -> None:
    loader = make_loader(**FAST)
    with pytest.raises(InternalError):
        loader.load("m", model, 1, {"model_file": "gone.onnx", "enable_file": "m.status"})
    assert not loader.blacklisted("m", 1)


def test_unknown_versions_and_models_without_status_file_are_allowed(
    make_loader: MakeLoader, model: Path
) -> None:
    loader = make_loader(**FAST)
    status(model).write_text("DISABLED\n")
    assert not loader.blacklisted("m", 1)
    loader.load("m", model, 1, {"model_file": "m.onnx"})
    assert not loader.blacklisted("m", 1)


@pytest.mark.parametrize(
    ("content", "disabled"),
    [
        (b"DISABLED", True),
        (b"DISABLED\r\n", True),
        (b"  DISABLED\t\nmore", True),
        (b"", False),
        (b"disabled\n", False),
        (b"NOT DISABLED\n", False),
        (b"DISABLED for now\n", False),
        (b"\nDISABLED\n", False),
        (b"DISABLED" + b"x" * 100_000, False),
        (b"\0DISABLED\n", False),
    ],
)
def test_first_line(make_loader: MakeLoader, model: Path, content: bytes, disabled: bool) -> None:
    loader = make_loader(force_check=True, **NEVER)
    loader.load("m", model, 1, OPTIONS)
    status(model).write_bytes(content)
    assert loader.blacklisted("m", 1) == disabled


def test_a_pipe_or_folder_as_status_file_blocks_nothing(make_loader: MakeLoader, model: Path) -> None:
    os.mkfifo(status(model, 1))
    status(model, 2).mkdir()
    loader = make_loader(force_check=True, **FAST)
    for version in (1, 2):
        loader.load("m", model, version, OPTIONS)
        assert not loader.blacklisted("m", version)


@pytest.mark.parametrize(
    "text", ['{"force_check": true, "check_period_s": 86400}', "x ENABLE_FORCE_BLACKLIST_CHECK\n"]
)
def test_forced_check_notices_at_once(make_loader: MakeLoader, model: Path, text: str) -> None:
    loader = make_loader(text)
    loader.load("m", model, 1, OPTIONS)
    status(model).write_text("DISABLED\n")
    assert loader.blacklisted("m", 1)
    status(model).unlink()
    assert not loader.blacklisted("m", 1)


@pytest.mark.parametrize("text", ["\nENABLE_FORCE_BLACKLIST_CHECK\n", '{"check_period_s": 86400}'])
def test_without_forced_check_the_period_counts(make_loader: MakeLoader, model: Path, text: str) -> None:
    loader = make_loader(text)
    loader.load("m", model, 1, OPTIONS)
    status(model).write_text("DISABLED\n")
    assert not loader.blacklisted("m", 1)


def test_cycle_takes_out_and_brings_back(
    make_loader: MakeLoader, model: Path, eventually: Eventually
) -> None:
    loader = make_loader(cycle_s=0.2, **NEVER)
    loader.load("m", model, 1, {"model_file": "m.onnx"})
    for _ in range(2):
        eventually(lambda: loader.blacklisted("m", 1))
        loader.unload("m", 1)
        eventually(lambda: not loader.blacklisted("m", 1))


def test_cycle_refuses_to_load_meanwhile(
    make_loader: MakeLoader, model: Path, eventually: Eventually
) -> None:
    loader = make_loader(cycle_s=0.2)

    def refused() -> bool:
        try:
            loader.load("m", model, 1, {"model_file": "m.onnx"})
        except FailedPreconditionError:
            return True
        return False

    eventually(refused)
    eventually(lambda: not refused())


def test_loaders_of_one_library_do_not_share_their_watch(make_loader: MakeLoader, model: Path) -> None:
    first, second = make_loader(force_check=True), make_loader(force_check=True)
    first.load("m", model, 1, OPTIONS)
    status(model).write_text("DISABLED\n")
    assert first.blacklisted("m", 1)
    assert not second.blacklisted("m", 1)


def test_the_end_does_not_wait_for_the_period(make_loader: MakeLoader) -> None:
    # A thread that slept through its period would run into the test's time limit.
    make_loader(**NEVER).deinit()
