import json
from typing import Any

import pytest

from ovserve.config.json_document import parse_json
from ovserve.config.load import configuration_from_json
from ovserve.config.schema import Configuration, ModelEntry
from ovserve.config.service_schema import ServiceEntry
from ovserve.errors import ConfigurationError

ARCHIVE = {"name": "s", "archive": "store/s.mar"}
FOLDER = {"name": "s", "base_path": "s", "handler": "service.py:handle"}


def read(*entries: dict[str, Any]) -> Configuration:
    document = {"model_config_list": [{"config": entry} for entry in entries]}
    return configuration_from_json(parse_json(json.dumps(document)), "/conf")


def the_service(**keys: Any) -> ServiceEntry:
    (service,) = read({**ARCHIVE, **keys}).services
    return service


def test_an_archive() -> None:
    assert the_service() == ServiceEntry("s", archive="/conf/store/s.mar")
    assert the_service(archive="/store/s", handler="other:handle") == ServiceEntry(
        "s", archive="/store/s", handler="other:handle"
    )


def test_a_handler_in_a_folder() -> None:
    (service,) = read(FOLDER).services
    assert service == ServiceEntry("s", base_path="/conf/s", handler="service.py:handle")


def test_every_key() -> None:
    assert the_service(
        version="2.0-beta",
        sha256="AB" * 32,
        workers={"min": 1, "max": 4},
        batch_size=8,
        max_batch_delay=12.5,
        queue_size=50,
        response_timeout=1.5,
        startup_timeout=60,
        client_timeout=2,
        drain_timeout=0,
        max_retry_timeout=0,
        scale_up_after=0.5,
        scale_down_after=30,
        memory_limit="2 GiB",
        max_response_size=1000,
        interpreter="venv/bin/python",
        environment={"A": "1"},
        environment_allowed=["AWS_*"],
        device_type="gpu",
        device_ids=[0, 2],
        threads_per_worker=2,
        envelope="json",
        decode_requests=False,
        retry_singly=True,
        install_requirements=True,
    ) == ServiceEntry(
        "s",
        archive="/conf/store/s.mar",
        version="2.0-beta",
        sha256="ab" * 32,
        min_workers=1,
        max_workers=4,
        batch_size=8,
        max_batch_delay_s=0.0125,
        queue_size=50,
        response_timeout_s=1.5,
        startup_timeout_s=60.0,
        client_timeout_s=2.0,
        drain_timeout_s=0.0,
        max_retry_s=0.0,
        scale_up_after_s=0.5,
        scale_down_after_s=30.0,
        memory_limit_bytes=2 * 2**30,
        max_response_bytes=1000,
        interpreter="/conf/venv/bin/python",
        environment={"A": "1"},
        environment_allowed=("AWS_*",),
        device_type="gpu",
        device_ids=(0, 2),
        threads_per_worker=2,
        envelope="json",
        decode_requests=False,
        retry_singly=True,
        install_requirements=True,
    )


def test_a_number_of_workers_is_both_bounds() -> None:
    service = the_service(workers=3)
    assert (service.min_workers, service.max_workers) == (3, 3)


@pytest.mark.parametrize(
    ("written", "size"), [(2**20, 2**20), ("512 MiB", 2**29), ("1GiB", 2**30), ("2048KiB", 2**21)]
)
def test_memory_limits(written: int | str, size: int) -> None:
    assert the_service(memory_limit=written).memory_limit_bytes == size


def test_an_interpreter_without_a_slash_is_looked_up_by_its_name() -> None:
    assert the_service(interpreter="python3.11").interpreter == "python3.11"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"workers": -1}, "workers: expected an integer from 0 to 10000, got -1"),
        ({"workers": True}, "workers: expected an integer or an object, got true"),
        (
            {"workers": {"min": 2, "max": 1}},
            "workers.max: expected an integer from 2, which is min, up, got 1",
        ),
        ({"workers": {"min": 2}}, "workers: the required key max is missing"),
        ({"workers": {"min": 0, "max": 0}}, "workers.max: expected an integer from 1 to 10000, got 0"),
        ({"workers": {"min": 0, "max": 1, "step": 1}}, "workers.step: unknown key; valid here: min, max"),
        ({"batch_size": 0}, "batch_size: expected an integer from 1 to 65535, got 0"),
        ({"batch_size": "8"}, 'batch_size: expected an integer, got "8"'),
        ({"max_batch_delay": -1}, "max_batch_delay: expected milliseconds from 0 to 86400000, got -1"),
        ({"queue_size": 0}, "queue_size: expected an integer from 1 to 2147483647, got 0"),
        ({"response_timeout": 0}, "response_timeout: expected seconds from 0.001 to 86400, got 0"),
        ({"startup_timeout": 86401}, "startup_timeout: expected seconds from 0.001 to 86400, got 86401"),
        ({"memory_limit": "2 GB"}, 'memory_limit: expected bytes, or a text like "512 MiB" or "2 GiB"'),
        ({"memory_limit": 5}, "memory_limit: expected bytes"),
        ({"environment": {"A B": "1"}}, 'environment["A B"]: no name for a variable'),
        ({"environment": {"A": 1}}, "environment.A: expected a string, got 1"),
        ({"environment": {"A": "\0"}}, "environment.A: a null character is not allowed here"),
        ({"environment_allowed": [""]}, "environment_allowed[0]: expected a string that is not empty"),
        ({"device_type": "tpu"}, 'device_type: expected one of "cpu", "gpu", got "tpu"'),
        ({"device_ids": [-1]}, "device_ids[0]: expected an integer from 0"),
        ({"envelope": "xml"}, 'envelope: expected one of "body", "json", "kserve", "kservev2", got "xml"'),
        ({"sha256": "12"}, "sha256: expected the 64 hexadecimal digits of a SHA-256 digest"),
        ({"version": ""}, "version: expected a string that is not empty"),
        ({"name": "a/b"}, "name: expected letters, digits"),
        ({"archive": ""}, "archive: expected a string that is not empty"),
        ({"archive": "https://h/a.mar"}, "archive: https:// is not offered here; copy the archive"),
        ({"archive": "s3://b/a.mar"}, "archive: s3:// is not offered here; copy the archive"),
        ({"interpreter": ""}, "interpreter: expected a string that is not empty"),
        ({"handler": ""}, "handler: expected a string that is not empty"),
        ({"retry_singly": 1}, "retry_singly: expected true or false, got 1"),
        ({"worker": 1}, "worker: unknown key; did you mean workers?"),
        ({"nireq": 4}, "nireq: a key of models, but handler and archive make this entry a custom service"),
        ({"base_path": "x"}, ": a custom service needs archive, or handler and base_path, and not both"),
    ],
)
def test_refuses(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read({**ARCHIVE, **keys})
    assert f"model_config_list[0].config{'' if message[0] == ':' else '.'}{message}" in str(caught.value)


def test_a_handler_needs_its_files() -> None:
    with pytest.raises(ConfigurationError, match="needs archive, or handler and base_path"):
        read({"name": "s", "handler": "service:handle"})
    with pytest.raises(ConfigurationError, match="sha256: only an archive has a digest"):
        read({**FOLDER, "sha256": "ab" * 32})


def test_keys_of_services_in_a_models_entry_are_named() -> None:
    with pytest.raises(ConfigurationError, match=r"\.workers: a key of custom services, which have handler"):
        read({"name": "m", "base_path": "/m", "workers": 2})


def test_a_path_that_climbs_keeps_only_its_service_out() -> None:
    bad, good = read({**ARCHIVE, "archive": "../s.mar"}, {**FOLDER, "name": "t"}).services
    assert bad.problem is not None
    assert bad.problem.startswith("archive: ")
    assert good.problem is None


def test_models_and_services_stand_side_by_side_and_share_their_names() -> None:
    model = {"name": "m", "base_path": "/m", "batch_size": "auto"}
    configuration = read(model, ARCHIVE, {**ARCHIVE, "name": "m"}, {**model, "name": "s"})
    assert [entry.name for entry in configuration.models] == ["m"]
    assert all(isinstance(entry, ModelEntry) for entry in configuration.models)
    assert [entry.name for entry in configuration.services] == ["s"]
    assert configuration.complaints == (
        'model_config_list[2]: model "m" is defined before; this entry is ignored',
        'model_config_list[3]: model "s" is defined before; this entry is ignored',
    )
