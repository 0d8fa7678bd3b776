"""The model's YAML file, which the manifest names as ``configFile``: what the server honours, and the rest.

Keys of the server that have the wrong type are left out with a warning, as TorchServe does; keys that it does
not know are the handler's, in :attr:`ModelConfig.document`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ovserve.archive.manifest import Manifest, read_bounded
from ovserve.archive.names import is_plain_path, printable
from ovserve.archive.refusals import InvalidManifestError

if TYPE_CHECKING:
    import yaml

_LONGEST = 1 << 20  # bytes
_MOST_VALUES = 100_000  # each as often as aliases repeat it: the document goes to workers
_DEEPEST = 100
_LONGEST_NUMBER = 1000  # digits


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Settings of the model; None where the file says nothing."""

    min_workers: int | None = None
    max_workers: int | None = None
    batch_size: int | None = None
    max_batch_delay_ms: int | None = None
    response_timeout_s: int | None = None
    startup_timeout_s: int | None = None
    device_type: str | None = None
    device_ids: tuple[int, ...] | None = None
    max_retry_timeout_s: int | None = None
    client_timeout_ms: int | None = None
    job_queue_size: int | None = None
    use_job_ticket: bool | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    """All of the file, for the handler."""

    warnings: tuple[str, ...] = ()
    """A line for every key that was left out."""


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    field: str
    expected: str
    accepts: Callable[[Any], bool]


def _whole(least: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value < 2**31


def _device_ids(value: object) -> bool:
    return isinstance(value, list) and all(_whole(0)(item) for item in value)


_KEYS = (
    _Key("minWorkers", "min_workers", "a whole number from 1", _whole(1)),
    _Key("maxWorkers", "max_workers", "a whole number from 1", _whole(1)),
    _Key("batchSize", "batch_size", "a whole number from 1", _whole(1)),
    _Key("maxBatchDelay", "max_batch_delay_ms", "milliseconds, a whole number from 0", _whole(0)),
    _Key("responseTimeout", "response_timeout_s", "seconds, a whole number from 1", _whole(1)),
    _Key("startupTimeout", "startup_timeout_s", "seconds, a whole number from 1", _whole(1)),
    _Key("deviceType", "device_type", '"cpu" or "gpu"', lambda value: value in ("cpu", "gpu")),
    _Key("deviceIds", "device_ids", "a list of whole numbers from 0", _device_ids),
    _Key("maxRetryTimeoutInSec", "max_retry_timeout_s", "seconds, a whole number from 0", _whole(0)),
    _Key("clientTimeoutInMills", "client_timeout_ms", "milliseconds, a whole number from 0", _whole(0)),
    _Key("jobQueueSize", "job_queue_size", "a whole number from 1", _whole(1)),
    _Key("useJobTicket", "use_job_ticket", "true or false", lambda value: isinstance(value, bool)),
)


def read_model_config(root: Path, manifest: Manifest) -> ModelConfig:
    """Read the YAML file of an unpacked archive; without one everything is None.

    Raises:
        InvalidManifestError: the manifest names a file that is missing or unreadable.
    """
    name = manifest.config_file
    if name is None:
        return ModelConfig()
    if not is_plain_path(name):
        raise InvalidManifestError(f"configFile: expected a file of the archive, got {printable(name)}")
    try:
        text = read_bounded(root / name, _LONGEST)
    except OSError as error:
        raise InvalidManifestError(f"configFile {name} cannot be read: {error.strerror}") from error
    return parse_model_config(text, name)


def parse_model_config(text: bytes, name: str = "the model's YAML file") -> ModelConfig:
    """Read a model's YAML text. Only plain values are made of it, never objects of classes.

    Raises:
        InvalidManifestError: it is no YAML, no mapping, or an alias makes it endless or huge.
    """
    import yaml  # here: most archives have no such file

    try:
        safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is not in every build
        _check_events(yaml.parse(text, safe))
        loader = safe(text)
        node = loader.get_single_node()
        if node is None:
            return ModelConfig()
        _count(node, 0, {})  # before merge keys are carried out, which can multiply like aliases
        document = loader.construct_document(node)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidManifestError(f"Failed to parse {name}: {' '.join(str(error).split())}") from None
    if document is None:
        return ModelConfig()
    if not isinstance(document, dict):
        raise InvalidManifestError(f"Failed to parse {name}: expected a mapping of keys and values")
    return _settings(document, name)


def _settings(document: Mapping[str, Any], name: str) -> ModelConfig:
    values: dict[str, Any] = {}
    warnings: list[str] = []
    for key in _KEYS:
        value = document.get(key.name)
        if value is None:
            continue
        if key.accepts(value):
            values[key.field] = tuple(value) if isinstance(value, list) else value
        else:
            warnings.append(f"{name}: {key.name} has no effect: expected {key.expected}, got {value!r:.80}")
    warnings += _workers_that_do_not_fit(values, name)
    return ModelConfig(**values, document=document, warnings=tuple(warnings))


def _workers_that_do_not_fit(values: dict[str, Any], name: str) -> list[str]:
    """Take the numbers of workers out unless they are a range."""
    low, high = values.get("min_workers"), values.get("max_workers")
    if low is None or high is None or low <= high:
        return []
    del values["min_workers"], values["max_workers"]
    return [f"{name}: minWorkers {low} and maxWorkers {high} have no effect: the first is the larger"]


def _check_events(events: "Iterable[yaml.Event]") -> None:
    """Stop at a text that is too long or too deep, before anything that recurses sees it."""
    depth = 0
    for count, event in enumerate(events):
        kind = type(event).__name__
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        if depth > _DEEPEST:
            raise ValueError(f"more than {_DEEPEST} levels deep")
        if count > 2 * _MOST_VALUES:  # a beginning and an end for each at most
            raise ValueError(f"more than {_MOST_VALUES} values")


def _count(node: "yaml.Node", depth: int, sizes: dict["yaml.Node", int]) -> int:
    """Return how many values a node stands for, every alias counted as what it repeats."""
    if depth > _DEEPEST:
        raise ValueError(f"more than {_DEEPEST} levels deep, or endless")
    if isinstance(node.value, str):
        if node.tag.endswith(":int") and len(node.value) > _LONGEST_NUMBER:
            raise ValueError(f"a number of {len(node.value)} digits")  # which Python would refuse to write
        return 1
    known = sizes.get(node)
    if known is not None:
        return known
    total = 1
    for child in node.value:
        for one in child if isinstance(child, tuple) else (child,):
            total += _count(one, depth + 1, sizes)
        if total > _MOST_VALUES:
            raise ValueError(f"more than {_MOST_VALUES} values")
    sizes[node] = total
    return total
