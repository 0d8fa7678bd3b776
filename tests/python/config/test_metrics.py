from dataclasses import replace

import pytest

from ovserve import _core
from ovserve.config.json_document import parse_json
from ovserve.config.metrics import (
    DEFAULT_FAMILIES,
    FAMILIES,
    chosen_families,
    parse_monitoring,
    with_metrics_of,
)
from ovserve.config.schema import Configuration, ServerOptions
from ovserve.errors import ConfigurationError

SOME = frozenset({"ovms_streams"})


def read(text: str) -> frozenset[str] | None:
    return parse_monitoring(parse_json(text), "monitoring")


def test_the_names_are_those_of_the_core() -> None:
    core = _core.metric_families()
    assert set(FAMILIES) == set(core)
    assert set(DEFAULT_FAMILIES) == {name for name, by_default in core.items() if by_default}


def test_the_choice() -> None:
    assert read('{"metrics": {"enable": false}}') is None
    assert read('{"metrics": {"enable": false, "metrics_list": ["ovms_streams"]}}') is None
    assert read('{"metrics": {"enable": true}}') == set(DEFAULT_FAMILIES)
    assert read('{"metrics": {"enable": true, "metrics_list": []}}') == set(DEFAULT_FAMILIES)
    assert read('{"metrics": {"enable": true, "metrics_list": ["ovms_infer_req_active"]}}') == {
        "ovms_infer_req_active"
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "monitoring: expected an object"),
        ("{}", "monitoring: the required key metrics is missing"),
        ('{"metrics": {}}', "monitoring.metrics: the required key enable is missing"),
        ('{"metrics": {"enable": 1}}', "monitoring.metrics.enable: expected true or false, got 1"),
        ('{"metrics": {"enable": true, "endpoint_path": "/"}}', "monitoring.metrics.endpoint_path: unknown"),
        (
            '{"metrics": {"enable": true, "metrics_list": "ovms_streams"}}',
            "monitoring.metrics.metrics_list: expected an array",
        ),
        (
            '{"metrics": {"enable": true, "metrics_list": [1]}}',
            "monitoring.metrics.metrics_list[0]: expected a string, got 1",
        ),
        (
            '{"metrics": {"enable": false, "metrics_list": ["ovms_stream"]}}',
            'monitoring.metrics.metrics_list: unknown metric "ovms_stream"; did you mean ovms_streams? '
            f"valid: {', '.join(FAMILIES)}",
        ),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    assert str(caught.value).startswith(message)


def test_an_unknown_name_that_resembles_none() -> None:
    with pytest.raises(ConfigurationError, match=r'^--metrics_list: unknown metric "zzz"; valid: ovms_requ'):
        chosen_families(["zzz"], "--metrics_list")


def test_the_command_line_wins_over_the_file() -> None:
    options = ServerOptions(rest_port=8000)
    configured = Configuration(metrics=SOME)
    assert with_metrics_of(options, Configuration()).metrics is None
    assert with_metrics_of(options, configured).metrics == SOME
    chosen = replace(options, metrics=frozenset(DEFAULT_FAMILIES))
    assert with_metrics_of(chosen, configured) == chosen


def test_metrics_need_a_rest_port() -> None:
    with pytest.raises(ConfigurationError, match="REST port"):
        with_metrics_of(ServerOptions(), Configuration(metrics=SOME))
