"""The value of ``model_version_policy``."""

from ovserve.config.json_document import JsonInteger, JsonObject, JsonValue, child_path
from ovserve.config.json_text import quoted
from ovserve.config.keys import Key, check_object, expectation
from ovserve.config.schema import VersionPolicy
from ovserve.errors import ConfigurationError

HIGHEST_VERSION = 2**31 - 1
"""The loader interface takes versions as a C int."""

_POLICIES = (
    Key("all", (JsonObject,)),
    Key("latest", (JsonObject,)),
    Key("specific", (JsonObject,)),
)
_LATEST = (Key("num_versions", (JsonInteger,), required=True),)
_SPECIFIC = (Key("versions", (list,), required=True),)


def parse_version_policy(value: JsonValue, path: str) -> VersionPolicy:
    """Read ``{"all": {}}``, ``{"latest": {"num_versions": N}}`` or ``{"specific": {"versions": [...]}}``.

    Raises:
        ConfigurationError: anything else.
    """
    policy = check_object(value, _POLICIES, path)
    if len(policy) != 1:
        raise ConfigurationError(
            f"{path}: expected exactly one of all, latest and specific, got {quoted(policy)}"
        )
    (kind, details), *_ = policy.items()
    place = child_path(path, kind)
    if kind == "all":
        check_object(details, (), place)
        return VersionPolicy("all")
    if kind == "latest":
        members = check_object(details, _LATEST, place)
        return VersionPolicy("latest", num_versions=_number(members["num_versions"], f"{place}.num_versions"))
    return VersionPolicy("specific", versions=_versions(details, place))


def _versions(details: JsonValue, place: str) -> frozenset[int]:
    versions = check_object(details, _SPECIFIC, place)["versions"]
    if not isinstance(versions, list) or not versions:
        raise expectation(f"{place}.versions", "at least one version", versions)
    return frozenset(_number(version, f"{place}.versions[{i}]") for i, version in enumerate(versions))


def _number(value: JsonValue, place: str) -> int:
    if not isinstance(value, JsonInteger) or not 1 <= value <= HIGHEST_VERSION:
        raise expectation(place, f"an integer from 1 to {HIGHEST_VERSION}", value)
    return int(value)
