from types import SimpleNamespace
from typing import Any

import pytest

from ovserve.config.core_inputs import CoreInputs, core_inputs, scan_models
from ovserve.config.schema import (
    BatchSize,
    Configuration,
    LoaderEntry,
    LoaderOptions,
    ModelEntry,
    Shape,
    VersionPolicy,
)
from ovserve.config.versions import VersionScan

OPTIONS = LoaderOptions("sample", '{"loader_name":"sample","x":1}', '{"loader_name":"sample","x":1}')


def keywords(**values: Any) -> dict[str, Any]:
    return values


CORE: Any = SimpleNamespace(
    LoaderConfig=keywords,
    ModelConfig=keywords,
    ModelOptions=keywords,
    VersionPolicy=SimpleNamespace(
        all=lambda: "all", latest=lambda n: f"latest {n}", specific=lambda versions: f"specific {versions}"
    ),
)


def inputs(
    model: ModelEntry, scan: VersionScan | None = None, cache_dir: str = "", **keys: Any
) -> CoreInputs:
    scans = {model.name: scan or VersionScan({1: "/m/1"})}
    return core_inputs(Configuration(models=(model,), **keys), scans, cache_dir, CORE)


def the_model(model: ModelEntry, scan: VersionScan | None = None, cache_dir: str = "") -> Any:
    (config,) = inputs(model, scan, cache_dir).models
    return config


def test_a_model_from_files() -> None:
    model = ModelEntry(
        "m", "/m", VersionPolicy("specific", versions=frozenset({3, 1})), BatchSize(1, 8), 4, "GPU", {"A": 1}
    )
    assert the_model(model, cache_dir="/cache") == {
        "name": "m",
        "base_path": "/m",
        "options": {
            "target_device": "GPU",
            "plugin_config": {"A": 1},
            "nireq": 4,
            "batch_size": (1, 8),
            "shapes": {},
            "layouts": {},
            "mean": (),
            "scale": (),
            "color_format": ("", ""),
            "precision": ("", ""),
            "cache_dir": "/cache",
        },
        "version_policy": "specific [1, 3]",
        "versions": {1: "/m/1"},
        "mappings": {},
        "problem": "",
    }


def test_a_model_of_a_loader_is_never_cached() -> None:
    config = the_model(ModelEntry("m", "/m", loader=OPTIONS), cache_dir="/cache")
    assert config["loader_name"] == "sample"
    assert config["loader_options"] == OPTIONS.text
    assert config["loader_options_key"] == OPTIONS.key
    assert config["options"]["cache_dir"] == ""
    assert config["problem"] == ""


@pytest.mark.parametrize(("allow", "cache_dir"), [(False, ""), (True, "/cache")])
def test_batch_size_auto_is_cached_only_when_allowed(allow: bool, cache_dir: str) -> None:
    model = ModelEntry("m", "/m", batch_size=BatchSize(1, None, auto=True), allow_cache=allow)
    assert the_model(model, cache_dir="/cache")["options"]["cache_dir"] == cache_dir


@pytest.mark.parametrize(("shapes", "cached"), [({"a": None}, False), ({"a": ((1, 1),)}, True)])
def test_shape_overrules_batch_size(shapes: dict[str, Shape], cached: bool) -> None:
    model = ModelEntry("m", "/m", batch_size=BatchSize(1, None, auto=True), shapes=shapes)
    options = the_model(model, cache_dir="/cache")["options"]
    assert (options["shapes"], options["batch_size"]) == (shapes, None)
    assert options["cache_dir"] == ("/cache" if cached else "")  # "auto" is not cached unless allowed
    assert inputs(model).warnings == (
        'model "m": batch_size is ignored: shape says the size of every dimension',
    )


@pytest.mark.parametrize(
    ("loader", "cache_dir", "refused"),
    [(OPTIONS, "/cache", True), (OPTIONS, "", False), (None, "/cache", False), (None, "", False)],
)
def test_allow_cache_is_refused_for_loaders_when_there_is_a_cache(
    loader: LoaderOptions | None, cache_dir: str, refused: bool
) -> None:
    config = the_model(ModelEntry("m", "/m", allow_cache=True, loader=loader), cache_dir=cache_dir)
    assert ("allow_cache" in config["problem"]) == refused


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (VersionPolicy("all"), "all"),
        (VersionPolicy(), "latest 1"),
        (VersionPolicy("latest", num_versions=3), "latest 3"),
    ],
)
def test_version_policies(policy: VersionPolicy, expected: str) -> None:
    assert the_model(ModelEntry("m", "/m", policy))["version_policy"] == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [(None, None), (BatchSize(4, 4), (4, 4)), (BatchSize(1, None), (1, None))],
)
def test_batch_sizes(size: BatchSize | None, expected: tuple[int, int | None] | None) -> None:
    assert the_model(ModelEntry("m", "/m", batch_size=size))["options"]["batch_size"] == expected


def test_an_absurd_nireq_reaches_the_core_which_refuses_it() -> None:
    assert the_model(ModelEntry("m", "/m", nireq=10**30))["options"]["nireq"] == 2**32 - 1


def test_problems_reach_the_core() -> None:
    unreadable = VersionScan(None, cause="base_path /m: No such file or directory")
    config = the_model(ModelEntry("m", "/m"), unreadable)
    assert config["versions"] is None
    assert config["problem"] == "base_path /m: No such file or directory"
    assert the_model(ModelEntry("m", "/m", problem="first"), unreadable)["problem"] == "first"


def test_loaders() -> None:
    loaders = (
        LoaderEntry("a", "/a.so", "a.json", disable_on_blacklist_error=True),
        LoaderEntry("b", "/../b.so", problem="climbs"),
    )
    configs: list[Any] = list(inputs(ModelEntry("m", "/m"), loaders=loaders).loaders)
    assert configs == [
        {
            "name": "a",
            "library_path": "/a.so",
            "config_file": "a.json",
            "disable_on_blacklist_error": True,
            "problem": "",
        },
        {
            "name": "b",
            "library_path": "/../b.so",
            "config_file": "",
            "disable_on_blacklist_error": False,
            "problem": "climbs",
        },
    ]


def test_warnings_name_the_model() -> None:
    scan = VersionScan({}, warnings=("one", "two"))
    assert inputs(ModelEntry("m", "/m"), scan).warnings == ('model "m": one', 'model "m": two')


def test_scan_models_takes_files_only_without_a_loader(tmp_path: Any) -> None:
    file = tmp_path / "model.onnx"
    file.write_text("")
    configuration = Configuration(
        models=(ModelEntry("plain", str(file)), ModelEntry("loaded", str(file), loader=OPTIONS))
    )
    scans = scan_models(configuration)
    assert scans["plain"].versions == {1: str(file)}
    assert scans["loaded"].versions is None


def test_the_real_core_takes_every_field() -> None:
    configuration = Configuration(
        loaders=(LoaderEntry("sample", "/a.so", problem="climbs"),),
        models=(
            ModelEntry(
                "m", "/m", VersionPolicy("all"), BatchSize(1, None), 2, "CPU", {"A": 1, "B": 1.5, "C": True}
            ),
            ModelEntry("n", "/n", VersionPolicy("specific", versions=frozenset({1})), loader=OPTIONS),
            ModelEntry("o", "/o", nireq=10**30, problem="wrong"),
        ),
    )
    scans = {"m": VersionScan({1: "/m/1"}), "n": VersionScan(None, cause="gone"), "o": VersionScan({})}
    result = core_inputs(configuration, scans, "/cache")
    assert [loader.name for loader in result.loaders] == ["sample"]
    assert len(result.models) == 3
