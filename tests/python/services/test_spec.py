"""What a service may be."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from ovserve.errors import ConfigurationError
from ovserve.services import ServiceSpec


def spec(**settings: Any) -> ServiceSpec:
    return ServiceSpec(**{"name": "m", "model_dir": Path("/"), "handler": "h", **settings})


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("name", "", "needs a name"),
        ("min_workers", -1, "min_worker cannot be negative"),
        ("max_workers", 0, "max_worker cannot be less than min_worker."),
        ("batch_size", 0, "batch_size is 0, it must be at least 1"),
        ("batch_size", 70_000, "at most 65535"),
        ("queue_size", 0, "queue_size"),
        ("startup_timeout_s", 0, "startup_timeout_s"),
        ("response_timeout_s", -1, "response_timeout_s"),
        ("max_batch_delay_s", -0.1, "max_batch_delay_s is -0.1, it must be not negative"),
        ("client_timeout_s", 0, "client_timeout_s"),
        ("memory_limit_bytes", 0, "memory_limit_bytes"),
        ("threads_per_worker", 0, "threads_per_worker"),
        ("envelope", "xml", "one of body, json, kserve, kservev2"),
        ("device_type", "tpu", "cpu or gpu"),
        ("environment_blocked", "(", "no regular expression"),
    ],
)
def test_values_that_make_no_sense_are_refused_by_name(setting: str, value: object, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message.replace("(", r"\(")):
        spec(**{setting: value})


def test_the_interpreter_is_the_servers_unless_told_otherwise() -> None:
    assert spec().interpreter == sys.executable


def test_workers_share_the_cores() -> None:
    cores = os.cpu_count() or 1
    assert spec(min_workers=1).threads == cores
    assert spec(min_workers=cores * 2).threads == 1
    assert spec(max_workers=cores).threads == 1
    assert spec(threads_per_worker=7).threads == 7
