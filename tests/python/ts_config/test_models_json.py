import json
from typing import Any

import pytest

from ovserve.errors import ConfigurationError
from ovserve.ts_config.models_json import parse_model_snapshot, parse_models
from ovserve.ts_config.options import ModelSettings

# As the documents of TorchServe print it.
DOCUMENT = """{
  "noop": {
    "1.0": {
        "defaultVersion": true,
        "marName": "noop.mar",
        "minWorkers": 1,
        "maxWorkers": 2,
        "batchSize": 4,
        "maxBatchDelay": 100,
        "responseTimeout": 120,
        "startupTimeout": 60,
        "runtimeType": "python3",
        "parallelLevel": 2
    },
    "2.0": {"marName": "noop2.mar"}
  },
  "vgg16": {"1.0": {"batchSize": 8, "speed": "high"}}
}"""


def test_the_documents_example() -> None:
    read = parse_models(DOCUMENT, "models")
    assert read.models == (
        ModelSettings(
            "noop",
            "1.0",
            default_version=True,
            archive="noop.mar",
            min_workers=1,
            max_workers=2,
            batch_size=4,
            max_batch_delay_s=0.1,
            response_timeout_s=120.0,
            startup_timeout_s=60.0,
            runtime="python3",
        ),
        ModelSettings("noop", "2.0", archive="noop2.mar"),
        ModelSettings("vgg16", "1.0", batch_size=8),
    )
    assert read.warnings == (
        'models.noop["1.0"].parallelLevel has no effect: models in several processes are not offered',
        'models.vgg16["1.0"].speed has no effect: there is no such setting',
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"minWorkers": "1"}, 'minWorkers: expected an integer from 0 to 2147483647, got "1"'),
        ({"minWorkers": True}, "minWorkers: expected an integer"),
        (
            {"minWorkers": 3, "maxWorkers": 2},
            "maxWorkers: expected an integer from 3, which is minWorkers, up",
        ),
        ({"batchSize": 0}, "batchSize: expected an integer from 1"),
        ({"responseTimeout": 1.5}, "responseTimeout: expected an integer from 1"),
        ({"marName": ""}, "marName: expected a string that is not empty"),
        ({"defaultVersion": 1}, "defaultVersion: expected true or false, got 1"),
        ({"runtimeType": "java"}, 'runtimeType: expected "python" or "python3", got "java"'),
    ],
)
def test_refuses_a_setting(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_models(json.dumps({"m": {"1": settings}}), "models")
    assert str(caught.value).startswith(f'models.m["1"].{message}')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "models: not valid JSON: line 1"),
        ("[]", r"models: expected an object of models, got \[\]"),
        ('{"m": []}', r"models\.m: expected an object of versions"),
        ('{"m": {"1": 5}}', r'models\.m\["1"\]: expected an object of settings, got 5'),
        (
            '{"m": {"1": {"defaultVersion": true}, "2": {"defaultVersion": true}}}',
            r"models\.m: more than one version has defaultVersion",
        ),
        ('{"m": {}, "m": {}}', r"models\.m: the key occurs twice"),
    ],
)
def test_refuses_a_document(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_models(text, "models")


def snapshot(**changes: Any) -> str:
    models = {"noop": {"1.0": {"marName": "noop.mar"}}}
    return json.dumps({"name": "20260101000000000-startup.cfg", "modelCount": 1, "models": models, **changes})


def test_snapshots() -> None:
    assert parse_model_snapshot(snapshot(), "s").models == (ModelSettings("noop", "1.0", archive="noop.mar"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5", "s: expected an object, got 5"),
        (snapshot(modelCount=2), r"s\.modelCount: expected 1, as there are models, got 2"),
        (snapshot(models={"m": {"1": {}}}), "s: m 1 has no marName"),
        (snapshot(models=5), r"s\.models: expected an object"),
    ],
)
def test_refuses_a_snapshot(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_model_snapshot(text, "s")
