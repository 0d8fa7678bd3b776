"""What the core is told to serve: a configuration together with what lies on disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ovserve.config.schema import BatchSize, Configuration, LoaderEntry, ModelEntry, VersionPolicy
from ovserve.config.versions import VersionScan, scan_versions

if TYPE_CHECKING:
    from ovserve import _core

_LARGEST_NIREQ = 2**32 - 1  # what the core can be told; it refuses far less, with a better message


@dataclass(frozen=True, slots=True)
class CoreInputs:
    """Arguments of ``Core.apply``.

    The core logs and reports what keeps a loader or a model out. The ``warnings``, about directories
    that are no versions and keys that another one overrules, are the caller's to log when they were not
    there in the pass before.
    """

    loaders: "list[_core.LoaderConfig]"
    models: "list[_core.ModelConfig]"
    warnings: tuple[str, ...]


def scan_models(configuration: Configuration) -> dict[str, VersionScan]:
    """Look at every model's base path."""
    return {
        model.name: scan_versions(model.base_path, file_allowed=model.loader is None)
        for model in configuration.models
    }


def core_inputs(
    configuration: Configuration,
    scans: Mapping[str, VersionScan],
    cache_dir: str = "",
    core: ModuleType | None = None,
) -> CoreInputs:
    """Translate a configuration and the scans of its models. Reads no file.

    Args:
        configuration: what should be served.
        scans: by model name, as :func:`scan_models` returns them.
        cache_dir: where compiled file models are kept; never given to models of a loader, whose
            decrypted content must not reach the disk.
        core: the module with the core's classes; by default ``ovserve._core``.
    """
    if core is None:
        from ovserve import _core

        core = _core
    warnings = [
        f'model "{model.name}": {warning}'
        for model in configuration.models
        for warning in scans[model.name].warnings
    ]
    warnings += [
        f'model "{model.name}": batch_size is ignored: shape says the size of every dimension'
        for model in configuration.models
        if model.shapes and model.batch_size is not None
    ]
    return CoreInputs(
        [_loader_config(loader, core) for loader in configuration.loaders],
        [_model_config(model, scans[model.name], cache_dir, core) for model in configuration.models],
        tuple(warnings),
    )


def _problem(model: ModelEntry, scan: VersionScan, cache_dir: str) -> str:
    """Say why this model cannot be honoured now; empty if it can."""
    if model.problem:
        return model.problem
    if model.allow_cache and model.loader is not None and cache_dir:
        return "allow_cache: models of a loader are never cached; remove allow_cache"
    return scan.cause or ""


def _loader_config(loader: LoaderEntry, core: ModuleType) -> "_core.LoaderConfig":
    config: _core.LoaderConfig = core.LoaderConfig(
        name=loader.name,
        library_path=loader.library_path,
        config_file=loader.config_file,
        disable_on_blacklist_error=loader.disable_on_blacklist_error,
        problem=loader.problem or "",
    )
    return config


def _model_config(
    model: ModelEntry, scan: VersionScan, cache_dir: str, core: ModuleType
) -> "_core.ModelConfig":
    of_loader: dict[str, Any] = {}
    if model.loader is not None:
        of_loader = {
            "loader_name": model.loader.loader_name,
            "loader_options": model.loader.text,
            "loader_options_key": model.loader.key,
        }
    config: _core.ModelConfig = core.ModelConfig(
        name=model.name,
        base_path=model.base_path,
        options=_model_options(model, cache_dir, core),
        version_policy=_version_policy(model.version_policy, core),
        versions=scan.versions,
        mappings=scan.mappings,
        problem=_problem(model, scan, cache_dir),
        **of_loader,
    )
    return config


def _model_options(model: ModelEntry, cache_dir: str, core: ModuleType) -> "_core.ModelOptions":
    batch_size = None if model.shapes else model.batch_size
    of_any_size = None in model.shapes.values() or (batch_size is not None and batch_size.auto)
    cached = model.loader is None and (model.allow_cache or not of_any_size)
    options: _core.ModelOptions = core.ModelOptions(
        target_device=model.target_device,
        plugin_config=dict(model.plugin_config),
        nireq=min(model.nireq, _LARGEST_NIREQ),
        batch_size=_batch_range(batch_size),
        shapes=dict(model.shapes),
        layouts=dict(model.layouts),
        mean=model.mean,
        scale=model.scale,
        color_format=model.color_format,
        precision=model.precision,
        cache_dir=cache_dir if cached else "",
    )
    return options


def _batch_range(size: BatchSize | None) -> tuple[int, int | None] | None:
    return None if size is None else (size.minimum, size.maximum)


def _version_policy(policy: VersionPolicy, core: ModuleType) -> "_core.VersionPolicy":
    wanted: _core.VersionPolicy
    if policy.kind == "all":
        wanted = core.VersionPolicy.all()
    elif policy.kind == "latest":
        wanted = core.VersionPolicy.latest(policy.num_versions)
    else:
        wanted = core.VersionPolicy.specific(sorted(policy.versions))
    return wanted
