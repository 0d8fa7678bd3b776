from pathlib import Path

import pytest

from ovserve.archive.manifest import Manifest
from ovserve.archive.model_config import ModelConfig, parse_model_config, read_model_config
from ovserve.archive.refusals import InvalidManifestError

FULL = b"""
minWorkers: 1
maxWorkers: 4
batchSize: 8
maxBatchDelay: 50
responseTimeout: 30
startupTimeout: 60
deviceType: cpu
deviceIds: [1, 0]
maxRetryTimeoutInSec: 10
clientTimeoutInMills: 0
jobQueueSize: 20
useJobTicket: true
handler:
  threshold: 0.5
"""


def test_every_key() -> None:
    config = parse_model_config(FULL)
    assert config == ModelConfig(
        1, 4, 8, 50, 30, 60, "cpu", (1, 0), 10, 0, 20, True, document=config.document
    )
    assert config.document["handler"] == {"threshold": 0.5}


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("minWorkers: x", "minWorkers has no effect: expected a whole number from 1, got 'x'"),
        ("batchSize: true", "batchSize has no effect: expected a whole number from 1, got True"),
        ("batchSize: 0", "batchSize has no effect: expected a whole number from 1, got 0"),
        ("maxBatchDelay: 1.5", "maxBatchDelay has no effect: expected milliseconds"),
        ("deviceType: [gpu]", 'deviceType has no effect: expected "cpu" or "gpu"'),
        ("deviceIds: [0, -1]", "deviceIds has no effect: expected a list of whole numbers from 0"),
        ("useJobTicket: 1", "useJobTicket has no effect: expected true or false, got 1"),
        (
            "{minWorkers: 3, maxWorkers: 2}",
            "minWorkers 3 and maxWorkers 2 have no effect: the first is the larger",
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_left_out_with_a_warning(text: str, warning: str) -> None:
    config = parse_model_config(text.encode(), "m.yaml")
    assert len(config.warnings) == 1
    assert config.warnings[0].startswith(f"m.yaml: {warning}")
    assert config == ModelConfig(document=config.document, warnings=config.warnings)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file(text: str) -> None:
    assert parse_model_config(text.encode()) == ModelConfig()


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE_BOMB = "a: &a {x: 1, y: 2}\n" + "".join(
    f"{new}: &{new}\n  <<: [{','.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[1]", "expected a mapping of keys and values"),
        ("text", "expected a mapping of keys and values"),
        ("a: [", "while parsing"),
        ("a: !!python/object/apply:os.system [id]", "could not determine a constructor"),
        ("a: 1\n---\nb: 2", "expected a single document"),
        ("a: &a [*a]", "levels deep, or endless"),
        ("{[a]: 1}", "unhashable key"),
        ("[" * 300 + "]" * 300, "more than 100 levels deep"),
        ("- a\n" * 300_000, "more than 100000 values"),
        ("[" * 20_000, "level"),
        ("batchSize: 0x" + "f" * 5000, "a number of 5002 digits"),
        (BOMB, "more than 100000 values"),
        (MERGE_BOMB, "more than 100000 values"),
        ("a: \0", "not allowed"),
    ],
)
def test_what_cannot_be_read(text: str, reason: str) -> None:
    with pytest.raises(InvalidManifestError) as refusal:
        parse_model_config(text.encode(), "m.yaml")
    assert str(refusal.value).startswith("Failed to parse m.yaml: ")
    assert reason in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_file_that_the_manifest_names(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("batchSize: 3")
    assert read_model_config(tmp_path, Manifest("m")) == ModelConfig()
    assert read_model_config(tmp_path, Manifest("m", config_file="m.yaml")).batch_size == 3
    with pytest.raises(InvalidManifestError, match=r"configFile x.yaml cannot be read: No such file"):
        read_model_config(tmp_path, Manifest("m", config_file="x.yaml"))
    with pytest.raises(InvalidManifestError, match=r"expected a file of the archive, got '../m.yaml'"):
        read_model_config(tmp_path, Manifest("m", config_file="../m.yaml"))
    (tmp_path / "m.yaml").write_bytes(b"#" * (2 << 20))
    with pytest.raises(InvalidManifestError, match="is longer than"):
        read_model_config(tmp_path, Manifest("m", config_file="m.yaml"))
