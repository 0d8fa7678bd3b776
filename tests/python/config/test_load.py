import json
from pathlib import Path
from typing import Any

import pytest

from ovserve.config.json_document import parse_json
from ovserve.config.load import configuration_from_json, load_configuration, parse_configuration
from ovserve.config.refusals import BrokenJsonError, UnreadableFileError
from ovserve.config.schema import (
    BatchSize,
    Configuration,
    LoaderEntry,
    LoaderOptions,
    ModelEntry,
    VersionPolicy,
)
from ovserve.errors import ConfigurationError, FailedPreconditionError

LOADER = {"loader_name": "sample", "library_path": "lib/libsample.so"}
MODEL = {"name": "m", "base_path": "/models/m"}


def read(document: dict[str, Any]) -> Configuration:
    return configuration_from_json(parse_json(json.dumps(document)), "/conf")


def with_model(**keys: Any) -> dict[str, Any]:
    return {"model_config_list": [{"config": {**MODEL, **keys}}]}


def with_loader(**keys: Any) -> dict[str, Any]:
    return {"model_config_list": [], "custom_loader_config_list": [{"config": {**LOADER, **keys}}]}


def the_model(**keys: Any) -> ModelEntry:
    (model,) = read(with_model(**keys)).models
    return model


def test_the_users_document(tmp_path: Path) -> None:
    file = tmp_path / "sampleloader.json"
    file.write_text("""{
        "custom_loader_config_list":[
        {
                "config":{
                "loader_name":"sampleloader",
                "library_path": "/sampleloader/lib/libsampleloader.so",
                "loader_config_file": "config.json"
                }
        }
        ],
        "model_config_list":[
        {
                "config":{
                "name":"sampleloader-model",
                "base_path":"/sampleloader/model/fdsample",
                "custom_loader_options": {"loader_name":  "sampleloader", "model_file":  "face.xml"}
                }
        }
        ]
    }""")
    options = '{"loader_name":"sampleloader","model_file":"face.xml"}'
    assert load_configuration(file) == Configuration(
        loaders=(LoaderEntry("sampleloader", "/sampleloader/lib/libsampleloader.so", "config.json"),),
        models=(
            ModelEntry(
                "sampleloader-model",
                "/sampleloader/model/fdsample",
                loader=LoaderOptions("sampleloader", options, options),
            ),
        ),
    )


def test_every_offered_model_key() -> None:
    assert the_model(
        batch_size="1:8",
        shape={"a": "(1,-1)"},
        layout="NHWC:NCHW",
        mean=[1, 2.5],
        scale=2,
        color_format="BGR:RGB",
        precision="uint8:fp16",
        nireq=4,
        target_device="GPU.1",
        plugin_config={"NUM_STREAMS": 2},
        allow_cache=True,
        model_version_policy={"all": {}},
    ) == ModelEntry(
        "m",
        "/models/m",
        version_policy=VersionPolicy("all"),
        batch_size=BatchSize(1, 8),
        nireq=4,
        target_device="GPU.1",
        plugin_config={"NUM_STREAMS": 2},
        allow_cache=True,
        shapes={"a": ((1, 1), (1, None))},
        layouts={"": ("NHWC", "NCHW")},
        mean=(1.0, 2.5),
        scale=(2.0,),
        color_format=("BGR", "RGB"),
        precision=("U8", "FP16"),
    )


def test_defaults() -> None:
    model = the_model()
    assert model == ModelEntry("m", "/models/m")
    assert (model.version_policy, model.target_device, model.loader) == (VersionPolicy("latest"), "CPU", None)


def test_relative_paths_start_from_the_files_folder_and_the_loaders_file_stays_as_written(
    tmp_path: Path,
) -> None:
    document = with_model(base_path="models/m/") | {
        "custom_loader_config_list": [{"config": {**LOADER, "loader_config_file": "../any thing"}}]
    }
    configuration = parse_configuration(json.dumps(document).encode(), tmp_path / "config.json")
    assert configuration.models[0].base_path == f"{tmp_path}/models/m/"
    assert configuration.loaders[0].library_path == f"{tmp_path}/lib/libsample.so"
    assert configuration.loaders[0].config_file == "../any thing"


@pytest.mark.parametrize("value", ["keep", "disable"])
def test_on_blacklist_error(value: str) -> None:
    (loader,) = read(with_loader(on_blacklist_error=value)).loaders
    assert loader.disable_on_blacklist_error == (value == "disable")


def test_paths_that_climb_keep_only_their_entry_out() -> None:
    configuration = read(
        {
            "custom_loader_config_list": [
                {"config": {**LOADER, "library_path": "../lib.so"}},
                {"config": {**LOADER, "loader_name": "good"}},
            ],
            "model_config_list": [
                {"config": {**MODEL, "base_path": "/a/../b"}},
                {"config": {**MODEL, "name": "n"}},
            ],
        }
    )
    assert [bool(loader.problem) for loader in configuration.loaders] == [True, False]
    assert [bool(model.problem) for model in configuration.models] == [True, False]
    assert "library_path" in (configuration.loaders[0].problem or "")
    assert "base_path" in (configuration.models[0].problem or "")


def test_a_meaningless_batch_size_keeps_only_its_model_out() -> None:
    model = the_model(batch_size="many")
    assert model.batch_size is None
    assert 'model_config_list[0].config.batch_size: "many" is no batch size' in (model.problem or "")


def test_a_meaningless_shape_keeps_only_its_model_out() -> None:
    model = the_model(shape="(0)")
    assert model.shapes == {}
    assert 'model_config_list[0].config.shape: "(0)" is no shape' in (model.problem or "")


def test_of_equal_names_the_first_counts_and_a_complaint_names_the_other() -> None:
    configuration = read(
        {
            "custom_loader_config_list": [
                {"config": LOADER},
                {"config": {**LOADER, "library_path": "/other.so"}},
            ],
            "model_config_list": [
                {"config": MODEL},
                {"config": {**MODEL, "name": "n"}},
                {"config": {**MODEL, "base_path": "/other"}},
            ],
        }
    )
    assert [loader.library_path for loader in configuration.loaders] == ["/conf/lib/libsample.so"]
    assert [(model.name, model.base_path) for model in configuration.models] == [
        ("m", "/models/m"),
        ("n", "/models/m"),
    ]
    assert configuration.complaints == (
        'custom_loader_config_list[1]: loader "sample" is defined before; this entry is ignored',
        'model_config_list[2]: model "m" is defined before; this entry is ignored',
    )


@pytest.mark.parametrize(
    "extra",
    [
        {"pipeline_config_list": []},
        {"mediapipe_config_list": []},
        {"custom_node_library_config_list": []},
        {"custom_loader_config_list": []},
        {"monitoring": {"metrics": {"enable": False}}},
    ],
)
def test_what_asks_for_nothing_is_accepted(extra: dict[str, Any]) -> None:
    assert read({"model_config_list": [], **extra}) == Configuration()


def test_monitoring() -> None:
    metrics = {"enable": True, "metrics_list": ["ovms_streams"]}
    document = {"model_config_list": [], "monitoring": {"metrics": metrics}}
    assert read(document) == Configuration(metrics=frozenset({"ovms_streams"}))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "the document: the required key model_config_list is missing"),
        ({"model_config_lists": []}, "model_config_lists: unknown key; did you mean model_config_list?"),
        ({"model_config_list": {}}, "model_config_list: expected an array, got {}"),
        ({"model_config_list": [1]}, "model_config_list[0]: expected an object, got 1"),
        ({"model_config_list": [{}]}, "model_config_list[0]: the required key config is missing"),
        ({"model_config_list": [MODEL]}, "model_config_list[0].name: unknown key; valid here: config"),
        ({"model_config_list": [{"config": []}]}, "model_config_list[0].config: expected an object, got []"),
        (
            {"model_config_list": [], "pipeline_config_list": [{}]},
            "pipeline_config_list: pipelines are not offered",
        ),
        (
            {"model_config_list": [], "mediapipe_config_list": [{}]},
            "mediapipe_config_list: MediaPipe graphs are not",
        ),
        (
            {"model_config_list": [], "custom_node_library_config_list": [{}]},
            "custom_node_library_config_list: pipelines with custom nodes are not offered",
        ),
        ({"model_config_list": [], "monitoring": {}}, "monitoring: the required key metrics is missing"),
    ],
)
def test_refuses_the_document(document: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(document)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"nireqq": 4}, "nireqq: unknown key; did you mean nireq?"),
        ({"name": ""}, "name: expected a string that is not empty"),
        ({"name": 7}, "name: expected a string, got 7"),
        ({"name": "a\0b"}, "name: a null character"),
        ({"base_path": ""}, "base_path: expected a string that is not empty"),
        ({"base_path": "s3://bucket/m"}, "base_path: cloud storage (s3://) is not offered"),
        ({"base_path": "azfs://share/m"}, "base_path: cloud storage (azfs://) is not offered"),
        ({"nireq": -1}, "nireq: expected an integer, 0 or more, got -1"),
        ({"nireq": True}, "nireq: expected an integer, got true"),
        ({"nireq": "4"}, 'nireq: expected an integer, got "4"'),
        ({"nireq": 1.5}, "nireq: expected an integer, got 1.5"),
        ({"batch_size": -1}, "batch_size: expected an integer, 0 or more"),
        ({"batch_size": False}, "batch_size: expected an integer or a string, got false"),
        ({"target_device": None}, "target_device: expected a string, got null"),
        ({"plugin_config": {"A": []}}, "plugin_config.A: expected a string, a number"),
        ({"allow_cache": "true"}, 'allow_cache: expected true or false, got "true"'),
        ({"allow_cache": 1}, "allow_cache: expected true or false, got 1"),
        ({"model_version_policy": {}}, "model_version_policy: expected exactly one"),
        (
            {"model_version_policy": {"latest": {"num_versions": 0}}},
            "model_version_policy.latest.num_versions: exp",
        ),
        ({"custom_loader_options": {}}, "custom_loader_options: the required key loader_name is missing"),
        (
            {"custom_loader_options": {"loader_name": 1}},
            "custom_loader_options.loader_name: expected the name",
        ),
        ({"shape": 4}, "shape: expected an object or a string, got 4"),
        ({"shape": {"a": [-2]}}, "shape.a[0]: expected an integer above 0, or -1"),
        ({"layout": 1}, "layout: expected an object or a string, got 1"),
        ({"layout": {"a": 1}}, "layout.a: expected a string, got 1"),
        ({"mean": True}, "mean: expected an integer or a number with a fraction or an array or a string"),
        ({"scale": ["1"]}, 'scale[0]: expected a number, got "1"'),
        ({"color_format": 1}, "color_format: expected a string, got 1"),
        ({"precision": 1}, "precision: expected a string, got 1"),
        ({"stateful": True}, "stateful: stateful models are not offered"),
        ({"idle_sequence_cleanup": True}, "idle_sequence_cleanup: stateful models are not offered"),
        ({"low_latency_transformation": True}, "low_latency_transformation: stateful models are not offered"),
        ({"max_sequence_number": 5}, "max_sequence_number: stateful models are not offered"),
        ({"graph_path": "g"}, "graph_path: MediaPipe graphs are not offered"),
        ({"subconfig": "s"}, "subconfig: MediaPipe graphs are not offered"),
    ],
)
def test_refuses_a_model(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(with_model(**keys))
    assert str(caught.value).startswith(f"model_config_list[0].config.{message}")


@pytest.mark.parametrize("key", ["name", "base_path"])
def test_a_model_needs(key: str) -> None:
    config = {name: value for name, value in MODEL.items() if name != key}
    with pytest.raises(ConfigurationError, match=rf"^model_config_list\[0\]\.config: the required key {key}"):
        read({"model_config_list": [{"config": config}]})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"loader_nam": "x"}, "loader_nam: unknown key; did you mean loader_name?"),
        ({"loader_name": ""}, "loader_name: expected a string that is not empty"),
        ({"library_path": ""}, "library_path: expected a string that is not empty"),
        ({"library_path": 1}, "library_path: expected a string, got 1"),
        ({"loader_config_file": {}}, "loader_config_file: expected a string, got {}"),
        ({"on_blacklist_error": "stop"}, 'on_blacklist_error: expected "keep" or "disable", got "stop"'),
        ({"on_blacklist_error": True}, "on_blacklist_error: expected a string, got true"),
    ],
)
def test_refuses_a_loader(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(with_loader(**keys))
    assert str(caught.value).startswith(f"custom_loader_config_list[0].config.{message}")


@pytest.mark.parametrize("key", ["loader_name", "library_path"])
def test_a_loader_needs(key: str) -> None:
    config = {name: value for name, value in LOADER.items() if name != key}
    with pytest.raises(ConfigurationError, match=f"the required key {key} is missing"):
        read({"model_config_list": [], "custom_loader_config_list": [{"config": config}]})


def test_errors_begin_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"model_config_list": [}')
    with pytest.raises(BrokenJsonError) as broken:
        load_configuration(file)
    assert str(broken.value).startswith(f"{file}: not valid JSON: line 1 column 24")
    assert isinstance(broken.value, FailedPreconditionError)
    file.write_text("[]")
    with pytest.raises(ConfigurationError) as wrong:
        load_configuration(file)
    assert str(wrong.value) == f"{file}: the document: expected an object, got []"


def test_an_unreadable_file_is_its_own_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"config\.json cannot be read: No such file"):
        load_configuration(tmp_path / "config.json")
    with pytest.raises(UnreadableFileError, match="Is a directory"):
        load_configuration(tmp_path)
    with pytest.raises(UnreadableFileError, match="null byte"):
        load_configuration("a\0b")
