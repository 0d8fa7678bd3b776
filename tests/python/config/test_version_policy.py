import pytest

from ovserve.config.json_document import parse_json
from ovserve.config.schema import VersionPolicy
from ovserve.config.version_policy import parse_version_policy
from ovserve.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ('{"all": {}}', VersionPolicy("all")),
        ('{"latest": {"num_versions": 3}}', VersionPolicy("latest", num_versions=3)),
        ('{"specific": {"versions": [4, 2, 4]}}', VersionPolicy("specific", versions=frozenset({2, 4}))),
        (
            '{"specific": {"versions": [2147483647]}}',
            VersionPolicy("specific", versions=frozenset({2**31 - 1})),
        ),
    ],
)
def test_accepts(text: str, policy: VersionPolicy) -> None:
    assert parse_version_policy(parse_json(text), "p") == policy


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "p: expected exactly one of all, latest and specific, got {}"),
        ('{"all": {}, "latest": {"num_versions": 1}}', "p: expected exactly one of all, latest and specific"),
        ('"all"', "p: expected an object"),
        ('{"lastest": {}}', "p.lastest: unknown key; did you mean latest?"),
        ('{"all": []}', "p.all: expected an object, got []"),
        ('{"all": {"x": 1}}', "p.all.x: unknown key; no key is valid here"),
        ('{"latest": {}}', "p.latest: the required key num_versions is missing"),
        (
            '{"latest": {"num_versions": 0}}',
            "p.latest.num_versions: expected an integer from 1 to 2147483647, got 0",
        ),
        ('{"latest": {"num_versions": -1}}', "p.latest.num_versions: expected an integer from 1"),
        ('{"latest": {"num_versions": true}}', "p.latest.num_versions: expected an integer, got true"),
        ('{"latest": {"num_versions": "1"}}', "p.latest.num_versions: expected an integer, got"),
        ('{"latest": {"num_versions": 1, "versions": []}}', "p.latest.versions: unknown key; did you mean"),
        ('{"specific": {"versions": []}}', "p.specific.versions: expected at least one version, got []"),
        ('{"specific": {"versions": 1}}', "p.specific.versions: expected an array, got 1"),
        ('{"specific": {"versions": [1, 0]}}', "p.specific.versions[1]: expected an integer from 1"),
        ('{"specific": {"versions": [1.0]}}', "p.specific.versions[0]: expected an integer from 1"),
        ('{"specific": {"versions": [2147483648]}}', "p.specific.versions[0]: expected an integer from 1"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_version_policy(parse_json(text), "p")
    assert str(caught.value).startswith(message)
