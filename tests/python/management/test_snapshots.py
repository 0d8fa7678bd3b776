import json
import os
import re
import stat
import threading
from pathlib import Path

import pytest

from ovserve.config.service_schema import ServiceFlags
from ovserve.errors import ConfigurationError
from ovserve.management.snapshots import (
    Occasion,
    Snapshot,
    Snapshots,
    entries_for_snapshots,
    newest,
    read_snapshot,
    snapshot_json,
)
from ovserve.ts_config.combine import service_options
from ovserve.ts_config.options import ModelSettings, ServiceOptions
from ovserve.ts_config.properties import parse_properties

MODELS = (
    ModelSettings(
        "noop",
        "1.0",
        default_version=True,
        archive="noop.mar",
        min_workers=1,
        max_workers=2,
        batch_size=4,
        max_batch_delay_s=0.05,
        response_timeout_s=120.0,
        startup_timeout_s=60.0,
        runtime="python",
    ),
    ModelSettings("noop", "2.0 beta", archive="noop2.mar", handler="other:handle"),
    ModelSettings("vgg", "1.0", archive="https://h/vgg.mar?a=b", default_version=True, min_workers=0),
)


def test_the_form_is_torchserves() -> None:
    document = json.loads(snapshot_json("20260101000000000-startup.cfg", MODELS))
    assert document == {
        "name": "20260101000000000-startup.cfg",
        "modelCount": 3,
        "models": {
            "noop": {
                "1.0": {
                    "defaultVersion": True,
                    "marName": "noop.mar",
                    "minWorkers": 1,
                    "maxWorkers": 2,
                    "batchSize": 4,
                    "maxBatchDelay": 50,
                    "responseTimeout": 120,
                    "startupTimeout": 60,
                    "runtimeType": "python",
                },
                "2.0 beta": {"defaultVersion": False, "marName": "noop2.mar", "handler": "other:handle"},
            },
            "vgg": {"1.0": {"defaultVersion": True, "marName": "https://h/vgg.mar?a=b", "minWorkers": 0}},
        },
    }


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    snapshots = Snapshots(
        str(tmp_path / "s"), {"job_queue_size": "7", "model_snapshot": "old", "ä=b": " c\\\n"}
    )
    path = snapshots.write(Occasion.STARTUP, MODELS)
    assert re.fullmatch("[0-9]{17}-startup.cfg", os.path.basename(path))
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert read_snapshot(path) == Snapshot(MODELS)
    entries = {entry.key: entry.value for entry in parse_properties(Path(path).read_text("ascii"))}
    assert list(entries) == ["job_queue_size", "ä=b", "model_snapshot"]
    assert entries["ä=b"] == " c\\\n"


def test_nothing_registered(tmp_path: Path) -> None:
    assert read_snapshot(Snapshots(str(tmp_path), {}).write(Occasion.SHUTDOWN, ())).models == ()


def test_a_snapshot_given_as_the_file_brings_everything_back(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    options = ServiceOptions(
        model_store=str(tmp_path / "store"), entries=(("job_queue_size", "$$SIZE$$"), ("load_models", "all"))
    )
    path = Snapshots(str(tmp_path / "s"), entries_for_snapshots(options)).write(Occasion.CHANGE, MODELS)
    restored = service_options(ServiceFlags(ts_config=path), {"SIZE": "7"})
    assert restored.restore == MODELS
    assert restored.model_store == str(tmp_path / "store")
    assert restored.queue_size == 7
    assert not restored.warnings


def test_the_newest_is_the_one_written_last_whatever_the_clock_says(tmp_path: Path) -> None:
    moments = iter([1_700_000_000.0, 1_700_000_000.0, 1_600_000_000.0, 1_700_000_000.0004])
    snapshots = Snapshots(str(tmp_path), {}, clock=lambda: next(moments))
    assert newest(str(tmp_path)) is None
    for occasion in (Occasion.STARTUP, Occasion.CHANGE, Occasion.SHUTDOWN, Occasion.STARTUP):
        path = snapshots.write(occasion, ())
        assert newest(str(tmp_path)) == path
    assert len(list(tmp_path.iterdir())) == 4


def test_names_have_the_local_time_with_milliseconds(tmp_path: Path) -> None:
    path = Snapshots(str(tmp_path), {}, clock=lambda: 1_700_000_000.25).write(Occasion.CHANGE, ())
    assert os.path.basename(path)[4:].endswith("20250-snapshot.cfg")


def test_old_ones_go_and_foreign_files_stay(tmp_path: Path) -> None:
    (tmp_path / "00000000000000000-other.cfg").touch()
    (tmp_path / "config.properties").touch()
    snapshots = Snapshots(str(tmp_path), {}, kept=2)
    written = [snapshots.write(Occasion.CHANGE, ()) for _ in range(4)]
    left = {entry.name for entry in tmp_path.iterdir()}
    assert left == {
        "00000000000000000-other.cfg",
        "config.properties",
        *(os.path.basename(path) for path in written[2:]),
    }


def test_many_write_at_once(tmp_path: Path) -> None:
    snapshots = Snapshots(str(tmp_path), {})
    threads = [threading.Thread(target=snapshots.write, args=(Occasion.CHANGE, MODELS)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(tmp_path.iterdir())) == 8
    assert all(read_snapshot(str(path)).models == MODELS for path in tmp_path.iterdir())


def test_what_is_no_snapshot(tmp_path: Path) -> None:
    file = tmp_path / "f.cfg"
    for text, message in (
        ("a=b", "there is no model_snapshot in it"),
        ("model_snapshot={", "model_snapshot: not valid JSON"),
        ("model_snapshot=\\u1", "line 1: "),
        ('model_snapshot={"models":{"m":{"1":{}}}}', "m 1 has no marName"),
    ):
        file.write_text(text)
        with pytest.raises(ConfigurationError, match=f"^{re.escape(str(file))}: .*{re.escape(message)}"):
            read_snapshot(str(file))
    with pytest.raises(FileNotFoundError):
        read_snapshot(str(tmp_path / "missing"))
    assert newest(str(tmp_path / "missing")) is None
