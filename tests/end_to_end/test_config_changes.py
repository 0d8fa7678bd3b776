"""Configuration and version folders changed while the server runs, and what /v1/config/reload answers."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import openvino as ov
import pytest
import requests

import ovserve
from harness import configuration, models
from harness.loader_server import LoaderServer
from ovserve.polling.poller import PassReport

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def plain(hostile_library: Path, tmp_path: Path) -> Iterator[LoaderServer]:
    """One model ``m`` of version 1 from files; reloads only on request."""
    server = LoaderServer(hostile_library, tmp_path, rest_port=0)
    server.loaders = []
    server.models = [configuration.model("m", server.base_path("m", 1))]
    with server:
        yield server


def reload(server: LoaderServer) -> requests.Response:
    return requests.post(f"http://127.0.0.1:{server.server.rest_port}/v1/config/reload", timeout=60)


def policy(**kind: object) -> dict[str, object]:
    return {"model_version_policy": kind}


def test_reload_answers_200_or_201_with_the_status_map(plain: LoaderServer) -> None:
    unchanged = reload(plain)
    assert (unchanged.status_code, list(unchanged.json())) == (200, ["m"])
    plain.base_path("m", 2)
    changed = reload(plain)
    states = [entry["state"] for entry in changed.json()["m"]["model_version_status"]]
    assert (changed.status_code, states) == (201, ["END", "AVAILABLE"])
    assert reload(plain).status_code == 200


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        ("{broken", 412, "not valid JSON"),
        ('{"model_config_list": [{"config": {"name": "m"}}]}', 400, "base_path"),
        ('{"model_config_list": [], "model": 1}', 400, "model"),
    ],
    ids=["broken", "missing key", "unknown key"],
)
def test_reload_of_a_refused_configuration_changes_nothing(
    plain: LoaderServer, content: str, status: int, words: str
) -> None:
    configuration.write(plain.config, content)
    for _ in range(2):
        answer = reload(plain)
        error = answer.json()["error"]
        assert answer.status_code == status
        assert error.startswith("Reloading config file failed. Check server logs for more info. - ")
        assert words in error
        assert plain.infer("m") == 1.0


def test_reload_without_a_file(plain: LoaderServer) -> None:
    plain.config.unlink()
    answer = reload(plain)
    assert answer.status_code == 500
    assert str(plain.config) in answer.json()["error"]
    assert plain.infer("m") == 1.0


def test_reload_while_a_model_cannot_load(plain: LoaderServer) -> None:
    (plain.folder / "bad" / "1").mkdir(parents=True)
    (plain.folder / "bad" / "1" / "model.xml").write_text("garbage")
    plain.models.append(configuration.model("bad", plain.folder / "bad"))
    plain.write()
    for _ in range(2):
        answer = reload(plain)
        error = answer.json()["error"]
        assert answer.status_code == 500
        assert error.startswith(
            'Reloading config file failed. Check server logs for more info. - model "bad" version 1: '
        )
    assert plain.infer("m") == 1.0
    models.write(models.add_constant(), plain.folder / "bad")
    assert reload(plain).status_code == 201


def test_touching_the_file_changes_nothing(plain: LoaderServer) -> None:
    plain.write()
    assert reload(plain).status_code == 200


def test_model_added_and_removed(plain: LoaderServer) -> None:
    with pytest.raises(ovserve.NotFoundError, match="Model with requested name is not found"):
        plain.infer("n")
    plain.models.append(configuration.model("n", plain.base_path("n", 1)))
    assert plain.reload().changed
    assert plain.infer("n") == 1.0
    plain.models.pop()
    plain.reload()
    assert plain.states("n") == {1: "END"}
    with pytest.raises(ovserve.NotFoundError, match="Model with requested version is not found"):
        plain.infer("n")


def test_version_policies(plain: LoaderServer) -> None:
    plain.base_path("m", 2, 3)
    expected = {
        1: (policy(all={}), {1, 2, 3}),
        2: (policy(latest={"num_versions": 2}), {2, 3}),
        3: (policy(specific={"versions": [3, 1]}), {1, 3}),
        4: ({}, {3}),
    }
    for keys, available in expected.values():
        plain.models = [configuration.model("m", plain.folder / "m", **keys)]
        assert not plain.reload().failures
        served = {version for version, state in plain.states("m").items() if state == "AVAILABLE"}
        assert served == available
        for version in served:
            assert plain.infer("m", version) == version
        assert plain.infer("m") == max(served)


def test_base_path_changed(plain: LoaderServer) -> None:
    models.write(models.add_constant(7.0), plain.folder / "elsewhere")
    plain.models = [configuration.model("m", plain.folder / "elsewhere")]
    plain.reload()
    assert plain.infer("m") == 7.0


def test_version_with_a_broken_file_leaves_older_ones(plain: LoaderServer) -> None:
    (plain.folder / "m" / "2").mkdir()
    (plain.folder / "m" / "2" / "model.xml").write_text("garbage")
    assert plain.reload().failures
    assert plain.infer("m") == 1.0
    plain.base_path("m", 2)
    assert not plain.reload().failures
    assert plain.infer("m") == 2.0


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"nireq": 200000}, "nireq"),
        ({"plugin_config": {"NO_SUCH_PROPERTY": "1"}}, "NO_SUCH_PROPERTY"),
        ({"target_device": "NOSUCH"}, "NOSUCH"),
    ],
    ids=["nireq", "plugin_config", "target_device"],
)
def test_what_needs_the_device_keeps_only_that_model_out(
    plain: LoaderServer, keys: dict[str, object], words: str
) -> None:
    plain.models.append(configuration.model("n", plain.base_path("n", 1), **keys))
    report: PassReport = plain.reload()
    assert [failure.model for failure in report.failures] == ["n"]
    assert words in str(report.failures[0])
    assert plain.infer("m") == 1.0
    # A model from files whose new configuration fails keeps the old one.
    plain.models = [configuration.model("m", plain.folder / "m", **keys)]
    assert plain.reload().failures
    assert plain.infer("m") == 1.0


def test_batch_size(plain: LoaderServer) -> None:
    plain.models = [configuration.model("m", plain.folder / "m", batch_size=4)]
    assert not plain.reload().failures
    assert plain.server.metadata("m").inputs[0].shape == [4, 10]


def test_cache_dir_is_used_for_files_and_never_for_loaders(hostile_library: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    server = LoaderServer(hostile_library, tmp_path, cache_dir=str(cache))
    server.models = [server.model("through_loader")]
    with server:
        assert server.infer("through_loader") == 1.0
        assert list(cache.iterdir()) == []
        server.models.append(configuration.model("plain", server.base_path("plain", 1)))
        server.reload()
        assert server.infer("plain") == 1.0
        assert list(cache.iterdir())


def test_polling_follows_the_file_and_says_once_what_is_wrong(
    hostile_library: Path, tmp_path: Path, eventually: Eventually, caplog: pytest.LogCaptureFixture
) -> None:
    server = LoaderServer(hostile_library, tmp_path, poll_interval_s=0.02)
    server.loaders = []
    server.models = [configuration.model("m", server.base_path("m", 1))]

    def complaints() -> list[str]:
        return [r.getMessage() for r in caplog.records if "not valid JSON" in r.getMessage()]

    with server:
        configuration.write(server.config, "{broken")
        eventually(lambda: bool(complaints()))
        server.config.unlink()
        server.base_path("m", 2)
        eventually(lambda: server.states("m").get(2) == "AVAILABLE")
        assert len(complaints()) == 1
        server.models.append(configuration.model("n", server.base_path("n", 1)))
        server.write()
        eventually(lambda: "n" in server.server.statuses() and server.states("n") == {1: "AVAILABLE"})
        shutil.rmtree(server.folder / "m")
        server.base_path("m", 3)
        eventually(lambda: server.states("m").get(3) == "AVAILABLE")


def test_metadata_of_a_changed_model(plain: LoaderServer) -> None:
    models.write(models.identity(ov.Type.i64, (3,)), plain.folder / "m", 2)
    plain.reload()
    metadata = plain.server.metadata("m")
    assert [(info.name, info.precision, info.shape) for info in metadata.inputs] == [("x", "I64", [3])]
    with pytest.raises(ovserve.NotFoundError, match="Model with requested version is retired"):
        plain.server.metadata("m", 1)
