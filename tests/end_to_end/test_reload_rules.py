"""Which edits of a model's entry load it again, and which do not; its neighbours never notice."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import ovmsclient
import pytest
import requests

import ovserve
from harness import configuration
from harness.loader_server import ONES, LoaderServer

Eventually = Callable[[Callable[[], bool]], None]
LATEST = {"latest": {"num_versions": 1}}


@pytest.fixture
def server(hostile_library: Path, tmp_path: Path) -> Iterator[LoaderServer]:
    """Models ``m`` (files), ``loaded`` (loader) and ``n``, their neighbour; without polling."""
    server = LoaderServer(
        hostile_library,
        tmp_path,
        rest_port=0,
        cache_dir=str(tmp_path / "cache"),
        metrics=frozenset({"ovserve_load_time_us"}),
    )
    server.base_path("m", 1)
    shutil.copytree(server.folder / "m", server.folder / "copy")
    set_keys(server)
    with server:
        yield server


def set_keys(server: LoaderServer, **keys: Any) -> None:
    loader_keys = {key: value for key, value in keys.items() if key != "allow_cache"}
    server.models = [
        {"config": {"name": "m", "base_path": str(server.folder / "m"), **keys}},
        server.model("loaded", keys=loader_keys),
        configuration.model("n", server.base_path("n", 1)),
    ]


class Loads:
    """Counts the loads of every version, by the metrics."""

    def __init__(self, server: LoaderServer) -> None:
        self._url = f"http://127.0.0.1:{server.server.rest_port}/metrics"
        self._counted: dict[str, int] = {}
        self.new()

    def new(self) -> list[str]:
        """Return the versions that were loaded since the last question, like ``m 1``."""
        text = requests.get(self._url, timeout=60).text
        found = re.findall(r'load_time_us_count\{name="(\w+)",version="(\d+)"\} (\d+)', text)
        counted = {f"{name} {version}": int(count) for name, version, count in found}
        before, self._counted = self._counted, counted
        return sorted(name for name, count in counted.items() if count > before.get(name, 0))


# Every edit starts from the entry that the one before it left.
EDITS: list[tuple[dict[str, Any], bool]] = [
    ({"nireq": 0, "target_device": "CPU", "batch_size": "0", "plugin_config": {}}, False),
    ({"model_version_policy": {"all": {}}}, False),
    ({"model_version_policy": {"specific": {"versions": [1, 7]}}}, False),
    ({"model_version_policy": LATEST}, False),
    ({"nireq": 3}, True),
    ({"nireq": 3, "batch_size": 2}, True),
    ({"nireq": 3, "batch_size": "2"}, False),
    ({"nireq": 3, "batch_size": "1:4"}, True),
    ({"nireq": 3, "batch_size": "auto"}, True),
    ({"batch_size": "auto", "plugin_config": {"NUM_STREAMS": 2}}, True),
    ({"plugin_config": {"NUM_STREAMS": 1}}, True),
    ({"plugin_config": {"NUM_STREAMS": 1}, "target_device": "HETERO:CPU"}, True),
    ({"layout": "NC"}, True),
    ({"layout": "nc : nc"}, False),
    ({"layout": {"b": "CN:NC"}}, True),
    ({"shape": "(2,10)"}, True),
    ({"shape": "( 2, 10 )", "batch_size": 7}, False),
    ({"shape": "auto"}, True),
    ({"mean": 1}, True),
    ({"mean": "[1.0]"}, False),
    ({"mean": 1, "scale": 2}, True),
    ({"precision": "uint8"}, True),
    ({"precision": "u8:fp32"}, True),
    ({}, True),
]


def test_every_key(server: LoaderServer) -> None:
    loads = Loads(server)
    for keys, again in EDITS:
        set_keys(server, **keys)
        assert server.reload().failures == ()
        assert loads.new() == (["loaded 1", "m 1"] if again else []), keys
        assert server.states("m") == server.states("loaded") == {1: "AVAILABLE"}


def test_allow_cache_loads_again_where_it_changes_something(server: LoaderServer) -> None:
    loads = Loads(server)
    for keys, again in (
        ({"allow_cache": True}, []),  # cached in any case
        ({"allow_cache": True, "shape": "auto"}, ["loaded 1", "m 1"]),
        ({"allow_cache": False, "shape": "auto"}, ["m 1"]),
    ):
        set_keys(server, **keys)
        assert not server.reload().failures
        assert loads.new() == again, keys


def test_base_path_and_the_layout_of_the_file(server: LoaderServer) -> None:
    loads = Loads(server)
    configuration.write(server.config, server.config.read_text().replace(", ", ",\n  "))
    assert server.server.reload().config_applied
    assert loads.new() == []
    server.models.reverse()
    assert server.reload().config_applied
    assert loads.new() == []
    set_keys(server)
    server.models[0]["config"]["base_path"] = "m"  # the same place, from the file's folder
    server.reload()
    assert loads.new() == []
    server.models[0]["config"]["base_path"] = str(server.folder / "copy")
    server.reload()
    assert loads.new() == ["m 1"]


def test_options_of_a_loader(server: LoaderServer) -> None:
    loads = Loads(server)
    options = {"loader_name": "hostile", "model_file": "model.xml", "bin_file": "model.bin"}
    entry = server.models[1]["config"]
    for given, again in (
        (options, ["loaded 1"]),
        (dict(reversed(options.items())), []),
        ({**options, "call_log": "/dev/null"}, ["loaded 1"]),
    ):
        entry["custom_loader_options"] = given
        server.reload()
        assert loads.new() == again


def test_a_policy_only_adds_and_retires_versions(server: LoaderServer) -> None:
    server.base_path("m", 2, 3)
    server.reload()
    loads = Loads(server)
    set_keys(server, model_version_policy={"latest": {"num_versions": 2}})
    server.reload()
    assert loads.new() == ["m 2"]
    set_keys(server, model_version_policy={"specific": {"versions": [2]}})
    server.reload()
    assert loads.new() == []
    assert server.states("m") == {1: "END", 2: "AVAILABLE", 3: "END"}


def test_one_wrong_key_of_a_model_changes_nothing_of_it(server: LoaderServer) -> None:
    set_keys(server, batch_size=3)
    server.reload()
    good = {"batch_size": 5, "nireq": 2}
    for bad in ({"layout": "NCHW"}, {"shape": "(1,"}, {"target_device": "NOSUCH"}, {"nireq": 200000}):
        set_keys(server, **{**good, **bad})
        server.models[1] = server.model("loaded", keys={"batch_size": 3})
        assert {failure.model for failure in server.reload().failures} == {"m"}
        assert server.server.metadata("m").inputs[0].shape == [3, 10]
        assert server.states("m") == {1: "AVAILABLE"}
    set_keys(server, **good)
    assert not server.reload().failures
    assert server.server.metadata("m").inputs[0].shape == [5, 10]


def test_latest_falls_back_while_newer_versions_fail(server: LoaderServer) -> None:
    policy = {"latest": {"num_versions": 2}}
    set_keys(server, model_version_policy=policy)
    for version in (2, 3, 4):
        (server.folder / "m" / str(version)).mkdir()
        (server.folder / "m" / str(version) / "model.xml").write_text("garbage")
    server.base_path("m", 2)
    assert {failure.version for failure in server.reload().failures} == {3, 4}
    assert server.states("m") == {1: "AVAILABLE", 2: "AVAILABLE", 3: "LOADING!", 4: "LOADING!"}
    assert server.infer("m") == 2.0
    server.base_path("m", 4)
    server.reload()
    assert server.states("m") == {1: "END", 2: "AVAILABLE", 3: "LOADING!", 4: "AVAILABLE"}
    assert server.infer("m") == 4.0
    server.base_path("m", 3)
    assert not server.reload().failures
    assert server.states("m") == {1: "END", 2: "END", 3: "AVAILABLE", 4: "AVAILABLE"}


def test_edits_lose_no_request(server: LoaderServer) -> None:
    failures: list[BaseException] = []
    finished = threading.Event()
    answered = {"m": 0, "loaded": 0}

    def ask(model: str) -> None:
        client = ovmsclient.make_grpc_client(f"127.0.0.1:{server.server.grpc_port}")
        while not finished.is_set():
            try:
                np.testing.assert_array_equal(client.predict({"b": ONES}, model), ONES + 1)
                answered[model] += 1
            except BaseException as error:
                failures.append(error)
                return

    threads = [threading.Thread(target=ask, args=(model,)) for model in answered]
    for thread in threads:
        thread.start()
    try:
        for keys in (
            {"batch_size": "auto"},
            {"batch_size": "1:4", "nireq": 1},
            {"layout": "NC", "plugin_config": {"NUM_STREAMS": 2}},
            {"model_version_policy": {"all": {}}},
            {"precision": "fp32"},
            {},
        ):
            before = dict(answered)
            set_keys(server, **keys)
            assert not server.reload().failures
            while not failures and any(answered[model] == before[model] for model in answered):
                finished.wait(0.01)
    finally:
        finished.set()
        for thread in threads:
            thread.join()
    assert failures == []


def test_polling_follows_a_mapping_that_is_edited_in_place(
    hostile_library: Path, tmp_path: Path, eventually: Eventually
) -> None:
    server = LoaderServer(hostile_library, tmp_path, poll_interval_s=0.02)
    server.base_path("m", 1)
    set_keys(server)

    def write(text: str) -> None:
        for model in ("m", "loaded"):
            (server.folder / model / "1" / "mapping_config.json").write_text(text)

    def await_input(name: str) -> None:
        eventually(lambda: input_name("m") == input_name("loaded") == name)

    def input_name(model: str) -> str | None:
        try:
            return server.server.metadata(model).inputs[0].name
        except (ovserve.NotFoundError, ovserve.UnavailableError):
            return None

    with server:
        write('{"inputs": {"b": "image"}}')
        await_input("image")
        write('{"inputs": {"b": "picture"}}')
        await_input("picture")
        write("{broken")
        # Files keep what they have; a loader was told to unload before it was asked again.
        eventually(lambda: server.states("loaded") == {1: "LOADING!"})
        assert "mapping_config.json: cannot be read" in server.cause("loaded")
        assert input_name("m") == "picture"
        write("{}")
        await_input("b")
