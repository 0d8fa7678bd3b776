"""Which calls a loader gets, and in which order, through everything that can happen to its models."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import ovserve
from harness import configuration
from harness.loader_server import LoaderServer

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def hostile(hostile_library: Path, tmp_path: Path) -> Iterator[LoaderServer]:
    """One model ``m`` of version 1 through one loader, not started."""
    server = LoaderServer(hostile_library, tmp_path)
    server.models = [server.model("m")]
    yield server
    server.server.stop()


def test_from_start_to_stop(hostile: LoaderServer) -> None:
    with hostile:
        assert hostile.states("m") == {1: "AVAILABLE"}
        assert hostile.infer("m") == 1.0
        calls = hostile.log.calls(questions=True)
        assert calls[:2] == ["loaderInit", "loadModel m 1"]
        assert calls[2:]
        assert set(calls[2:]) == {"getModelBlacklistStatus m 1"}
    assert hostile.log.calls()[2:] == ["retireModel m", "unloadModel m 1", "loaderDeInit", "destructor"]
    assert hostile.log.overlapping() == []


def test_arguments_are_those_of_the_configuration(hostile: LoaderServer, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    nested = {"b": 2, "a": [1.50, None, True, {"z": "\u00e4"}], "call_log": str(seen)}
    hostile.models = [hostile.model("m", **nested)]
    with hostile:
        assert hostile.infer("m") == 1.0
    assert "loadModel m 1" in seen.read_text()


def test_new_version_folder_swaps_before_it_unloads(hostile: LoaderServer) -> None:
    with hostile:
        hostile.base_path("m", 2)
        assert hostile.reload().changed
        assert hostile.states("m") == {1: "END", 2: "AVAILABLE"}
        assert hostile.infer("m") == 2.0
        assert hostile.log.calls()[2:] == ["loadModel m 2", "unloadModel m 1"]


def test_version_folder_removed(hostile: LoaderServer) -> None:
    hostile.base_path("m", 2)
    with hostile:
        shutil.rmtree(hostile.folder / "m" / "2")
        hostile.reload()
        assert hostile.states("m") == {1: "AVAILABLE", 2: "END"}
        calls = hostile.log.calls()[1:]
        assert sorted(calls) == ["loadModel m 1", "loadModel m 2", "unloadModel m 2"]
        shutil.rmtree(hostile.folder / "m" / "1")
        hostile.reload()
        assert hostile.states("m") == {1: "END", 2: "END"}
        assert "retireModel m" not in hostile.log.calls()


def test_base_path_that_vanishes_changes_nothing_and_questions_go_on(hostile: LoaderServer) -> None:
    with hostile:
        shutil.rmtree(hostile.folder / "m")
        before = len(hostile.log.calls(questions=True))
        report = hostile.reload()
        assert "base_path" in str(report.failures[0])
        assert hostile.infer("m") == 1.0
        assert hostile.log.calls(questions=True)[before:] == ["getModelBlacklistStatus m 1"]


def test_options_changed(hostile: LoaderServer) -> None:
    with hostile:
        hostile.models = [hostile.model("m", key="other")]
        assert hostile.reload().changed
        assert hostile.log.calls()[2:] == ["unloadModel m 1", "loadModel m 1"]
        assert hostile.infer("m") == 1.0


def test_order_of_options_is_no_change(hostile: LoaderServer) -> None:
    hostile.models = [hostile.model("m", one="1", two="2")]
    with hostile:
        hostile.models = [hostile.model("m", two="2", one="1")]
        hostile.reload()
        assert hostile.log.calls() == ["loaderInit", "loadModel m 1"]


def test_options_changed_to_bad_ones_and_back(hostile: LoaderServer) -> None:
    good = hostile.models
    with hostile:
        hostile.models = [hostile.model("m", model_file="nothing.xml")]
        report = hostile.reload()
        assert [failure.model for failure in report.failures] == ["m"]
        assert hostile.states("m") == {1: "LOADING!"}
        # A loader's model is not served once it was unloaded: that could break a license.
        with pytest.raises(ovserve.NotFoundError):
            hostile.infer("m")
        hostile.models = good
        assert not hostile.reload().failures
        assert hostile.infer("m") == 1.0
        calls = hostile.log.calls()
        assert calls.count("loadModel m 1") == calls.count("unloadModel m 1") + 1


def test_options_removed_and_added(hostile: LoaderServer) -> None:
    with hostile:
        hostile.models = [configuration.model("m", hostile.folder / "m")]
        hostile.reload()
        assert hostile.infer("m") == 1.0
        assert hostile.log.calls()[2:] == ["unloadModel m 1"]
        hostile.models = [hostile.model("m")]
        hostile.reload()
        assert hostile.infer("m") == 1.0
        assert hostile.log.calls()[3:] == ["loadModel m 1"]


def test_model_removed_and_added_again(hostile: LoaderServer) -> None:
    hostile.base_path("m", 1, 2)
    hostile.models = [hostile.model("m", keys={"model_version_policy": {"all": {}}})]
    with hostile:
        entry, hostile.models = hostile.models, []
        hostile.reload()
        assert hostile.states("m") == {1: "END", 2: "END"}
        retire, *unloads = hostile.log.calls()[3:]
        assert retire == "retireModel m"
        assert sorted(unloads) == ["unloadModel m 1", "unloadModel m 2"]
        with pytest.raises(ovserve.NotFoundError, match="Model with requested version is not found"):
            hostile.infer("m")
        with pytest.raises(ovserve.NotFoundError, match="Model with requested version is retired"):
            hostile.infer("m", 2)
        hostile.models = entry
        hostile.reload()
        assert hostile.states("m") == {1: "AVAILABLE", 2: "AVAILABLE"}
        assert sorted(hostile.log.calls()[6:]) == ["loadModel m 1", "loadModel m 2"]


def test_loader_removed_with_its_models(hostile: LoaderServer) -> None:
    with hostile:
        hostile.models, hostile.loaders = [], []
        hostile.reload()
        assert hostile.log.calls()[2:] == ["retireModel m", "unloadModel m 1", "loaderDeInit", "destructor"]


def test_loader_removed_while_a_model_names_it(hostile: LoaderServer) -> None:
    loaders = hostile.loaders
    with hostile:
        hostile.loaders = []
        report = hostile.reload()
        assert "hostile" in str(report.failures[0])
        assert hostile.log.calls()[2:] == ["retireModel m", "unloadModel m 1", "loaderDeInit", "destructor"]
        assert '"hostile" is not in custom_loader_config_list' in hostile.cause("m")
        with pytest.raises(ovserve.NotFoundError, match="is not found"):
            hostile.infer("m")
        hostile.loaders = loaders
        assert not hostile.reload().failures
        assert hostile.log.calls()[6:] == ["loaderInit", "loadModel m 1"]
        assert hostile.infer("m") == 1.0


def test_loader_entry_edited_under_its_name(hostile: LoaderServer) -> None:
    with hostile:
        hostile.loaders = [hostile.loader("hostile", settings="sleep_ms=1")]
        hostile.reload()
        left = ["retireModel m", "unloadModel m 1", "loaderDeInit", "destructor"]
        assert hostile.log.calls()[2:] == [*left, "loaderInit", "loadModel m 1"]
        assert hostile.infer("m") == 1.0


def test_loader_renamed_in_both_places(hostile: LoaderServer) -> None:
    with hostile:
        hostile.loaders = [hostile.loader("other")]
        hostile.models = [hostile.model("m", loader="other")]
        hostile.reload()
        calls = hostile.log.calls()[2:]
        assert calls.index("unloadModel m 1") < calls.index("loaderDeInit") < calls.index("destructor")
        assert calls.count("loadModel m 1") == 1
        assert hostile.infer("m") == 1.0


def test_same_library_under_two_names_gives_two_objects(hostile: LoaderServer) -> None:
    hostile.loaders = [hostile.loader("hostile"), hostile.loader("second")]
    hostile.models = [hostile.model("m"), hostile.model("n", loader="second")]
    with hostile:
        assert hostile.infer("m") == hostile.infer("n") == 1.0
        objects = {line["object"] for line in hostile.log.lines() if line["call"] == "loaderInit"}
        assert len(objects) == 2
    assert hostile.log.overlapping() == []
    threads = {line["thread"] for line in hostile.log.lines()}
    assert len(threads) == 1


def test_same_loader_name_twice(hostile: LoaderServer, caplog: pytest.LogCaptureFixture) -> None:
    hostile.loaders = [hostile.loader("hostile"), hostile.loader("hostile", settings="init=throw_std")]
    with hostile:
        assert hostile.infer("m") == 1.0
        assert hostile.log.calls() == ["loaderInit", "loadModel m 1"]
    assert [r.levelname for r in caplog.records if '"hostile" is defined before' in r.message] == ["ERROR"]


def test_same_model_name_twice(hostile: LoaderServer, caplog: pytest.LogCaptureFixture) -> None:
    hostile.models = [hostile.model("m"), configuration.model("m", hostile.folder / "elsewhere")]
    with hostile:
        assert hostile.infer("m") == 1.0
    assert [r.levelname for r in caplog.records if '"m" is defined before' in r.message] == ["ERROR"]


def test_unknown_loader(hostile: LoaderServer) -> None:
    hostile.models = [
        hostile.model("m", loader="nobody"),
        configuration.model("n", hostile.base_path("n", 1)),
    ]
    with hostile:
        assert hostile.infer("n") == 1.0
        assert '"nobody" is not in custom_loader_config_list' in hostile.cause("m")
        with pytest.raises(ovserve.NotFoundError, match="Model with requested version is not found"):
            hostile.infer("m")


def test_relative_library_path_starts_at_the_configuration(hostile: LoaderServer) -> None:
    (hostile.folder / "lib").mkdir()
    shutil.copy(hostile.library, hostile.folder / "lib" / "mine.so")
    hostile.loaders = [hostile.loader("hostile", library=Path("lib/mine.so"))]
    with hostile:
        assert hostile.infer("m") == 1.0


def test_models_of_one_loader_load_in_order(hostile: LoaderServer) -> None:
    names = [f"m{i}" for i in range(5)]
    hostile.models = [hostile.model(name) for name in reversed(names)]
    with hostile:
        loads = [call for call in hostile.log.calls() if call.startswith("loadModel")]
    assert loads == [f"loadModel {name} 1" for name in reversed(names)]


# Blacklist


def status_file(hostile: LoaderServer, text: str, version: int = 1) -> None:
    file = hostile.folder / "m" / str(version) / "status"
    aside = file.with_suffix(".new")
    aside.write_text(text + "\n")
    os.replace(aside, file)


def test_blacklisted_and_revoked(hostile: LoaderServer) -> None:
    hostile.models = [hostile.model("m", status_file="status")]
    with hostile:
        status_file(hostile, "DISABLED")
        report = hostile.reload()
        assert report.changed
        assert not report.failures
        assert hostile.states("m") == {1: "END"}
        assert hostile.log.calls()[2:] == ["unloadModel m 1"]
        with pytest.raises(ovserve.NotFoundError, match="is not found"):
            hostile.infer("m")
        with pytest.raises(ovserve.NotFoundError, match="is retired"):
            hostile.infer("m", 1)
        hostile.reload()
        assert hostile.states("m") == {1: "END"}
        status_file(hostile, "ENABLED")
        assert hostile.reload().changed
        assert hostile.infer("m") == 1.0
        assert hostile.log.calls()[3:] == ["loadModel m 1"]


def test_blacklist_by_polling_alone(hostile_library: Path, tmp_path: Path, eventually: Eventually) -> None:
    polled = LoaderServer(hostile_library, tmp_path, poll_interval_s=0.05)
    polled.models = [polled.model("m", status_file="status")]
    with polled:
        status_file(polled, "DISABLED")
        eventually(lambda: polled.states("m") == {1: "END"})
        status_file(polled, "")
        eventually(lambda: polled.states("m") == {1: "AVAILABLE"})
        shutil.rmtree(tmp_path / "m" / "1")
        eventually(lambda: polled.states("m") == {1: "END"})


def test_blacklisted_newest_version_does_not_bring_back_an_older_one(hostile: LoaderServer) -> None:
    hostile.base_path("m", 1, 2)
    hostile.models = [hostile.model("m", status_file="status")]
    with hostile:
        status_file(hostile, "DISABLED", 2)
        hostile.reload()
        assert hostile.states("m")[2] == "END"
        assert "AVAILABLE" not in hostile.states("m").values()


def test_blacklist_question_that_throws_keeps_the_version(hostile: LoaderServer) -> None:
    hostile.models = [hostile.model("m", status_file="status")]
    with hostile:
        status_file(hostile, "throw")
        hostile.reload()
        assert hostile.states("m") == {1: "AVAILABLE"}


def test_blacklist_question_that_throws_can_fail_closed(hostile: LoaderServer) -> None:
    hostile.loaders = [hostile.loader("hostile", on_blacklist_error="disable")]
    hostile.models = [hostile.model("m", status_file="status")]
    with hostile:
        status_file(hostile, "throw")
        hostile.reload()
        assert hostile.states("m") == {1: "END"}
        status_file(hostile, "")
        hostile.reload()
        assert hostile.states("m") == {1: "AVAILABLE"}


def test_polling_off_with_loaders_is_warned_about(
    hostile: LoaderServer, caplog: pytest.LogCaptureFixture
) -> None:
    with hostile:
        assert [r.levelname for r in caplog.records if "polling is off" in r.message] == ["WARNING"]


def test_configuration_with_nested_options_survives_json(hostile: LoaderServer) -> None:
    hostile.models = [hostile.model("m", deep={"list": [1, {"x": None}]})]
    hostile.write()
    assert json.loads(hostile.config.read_text())["model_config_list"]
    with hostile:
        assert hostile.infer("m") == 1.0
