"""What a service is: from the archive, its YAML file, the request or entry, and the server's options."""

import re
import sys
from pathlib import Path
from typing import Any, TypeVar

from ovserve.archive.manifest import handler_of
from ovserve.archive.unpack import ModelDirectory
from ovserve.config.service_schema import ModelLoaderEntry, ServiceEntry
from ovserve.services.spec import ServiceSpec
from ovserve.ts_config.options import ModelSettings, ServiceOptions

_Value = TypeVar("_Value")

_DEFAULT_BATCH_DELAY_S = 0.1


def service_spec(
    entry: ServiceEntry, directory: ModelDirectory, options: ServiceOptions, default_workers: int
) -> ServiceSpec:
    """Combine what is known of a service; of several that say something the first wins.

    Args:
        entry: the configuration's, the request's or the snapshot's word.
        directory: the unpacked archive with manifest and YAML file.
        options: of the server: ``config.properties``.
        default_workers: where nobody says how many there shall be.

    Raises:
        InvalidManifestError: nobody names a handler.
        ConfigurationError: a value makes no sense.
    """
    config, manifest = directory.config, directory.manifest
    least, most = _workers(entry, directory, default_workers)
    client_timeout_s = entry.client_timeout_s
    if client_timeout_s is None and config.client_timeout_ms:
        client_timeout_s = config.client_timeout_ms / 1000
    return ServiceSpec(
        name=entry.name or manifest.model_name,
        version=entry.version or manifest.model_version,
        model_dir=directory.root if entry.loader is None else Path(entry.loader.directory),
        handler="" if entry.loader else handler_of(manifest, entry.handler, options.default_handler),
        loader=None if entry.loader is None else _loader(entry.loader),
        manifest=manifest.document or {},
        model_yaml=config.document,
        min_workers=least,
        max_workers=most,
        batch_size=_first(entry.batch_size, config.batch_size, 1),
        max_batch_delay_s=_first(
            entry.max_batch_delay_s, _milliseconds(config.max_batch_delay_ms), _DEFAULT_BATCH_DELAY_S
        ),
        queue_size=_first(entry.queue_size, config.job_queue_size, options.queue_size),
        startup_timeout_s=_first(
            entry.startup_timeout_s, config.startup_timeout_s, options.default_startup_timeout_s
        ),
        response_timeout_s=_first(
            entry.response_timeout_s, config.response_timeout_s, options.default_response_timeout_s
        ),
        client_timeout_s=client_timeout_s,
        drain_timeout_s=_first(entry.drain_timeout_s, None, 30.0),
        max_retry_s=_first(entry.max_retry_s, config.max_retry_timeout_s, 300.0),
        max_response_bytes=entry.max_response_bytes or options.max_response_bytes,
        memory_limit_bytes=entry.memory_limit_bytes,
        interpreter=entry.interpreter or sys.executable,
        environment=entry.environment,
        environment_allowed=entry.environment_allowed,
        environment_blocked=options.environment_blocked,
        device_type=entry.device_type or config.device_type or "",
        device_ids=_first(entry.device_ids, config.device_ids, ()),
        threads_per_worker=entry.threads_per_worker,
        decode_requests=_first(entry.decode_requests, None, options.decode_requests),
        envelope="" if entry.loader else _first(entry.envelope, None, options.envelope),
        retry_singly=_first(entry.retry_singly, None, False),
        limit_max_image_pixels=options.limit_max_image_pixels,
        scale_up_after_s=_first(entry.scale_up_after_s, None, 1.0),
        scale_down_after_s=_first(entry.scale_down_after_s, None, 60.0),
    )


def _loader(entry: ModelLoaderEntry) -> dict[str, Any]:
    """Return what workers make the loader from; see ``ovserve_worker.loader_entry_point``."""
    return {
        "module": entry.module,
        "class_name": entry.class_name,
        "method": entry.method,
        "section": entry.section,
        "config": entry.config,
        "search_path": entry.search_path,
    }


def entry_of(settings: ModelSettings) -> ServiceEntry:
    """Return what ``models`` or a snapshot says of a version, in the form that entries have."""
    return ServiceEntry(
        name=settings.name,
        archive=settings.archive,
        handler=settings.handler,
        version=settings.version,
        min_workers=settings.min_workers,
        max_workers=settings.max_workers,
        batch_size=settings.batch_size,
        max_batch_delay_s=settings.max_batch_delay_s,
        response_timeout_s=settings.response_timeout_s,
        startup_timeout_s=settings.startup_timeout_s,
    )


def settings_for(options: ServiceOptions, name: str, version: str) -> ModelSettings | None:
    """Return what ``models`` says of a version, None if nothing."""
    return next((each for each in options.models if (each.name, each.version) == (name, version)), None)


def name_of(url: str) -> str:
    """Return the name that a file or URL stands for: its last part without the ending."""
    last = re.split(r"[?#]", url)[0].rstrip("/").rpartition("/")[2]
    return re.sub(r"\.(mar|model|tar\.gz|tgz)$", "", last)


def _workers(entry: ServiceEntry, directory: ModelDirectory, default: int) -> tuple[int, int | None]:
    config = directory.config
    if entry.min_workers is not None:
        return entry.min_workers, entry.max_workers
    if config.min_workers is not None:
        return config.min_workers, config.max_workers
    if entry.max_workers is not None or config.max_workers is not None:
        most = entry.max_workers or config.max_workers or default
        return min(default, most), most
    return default, None


def _first(one: _Value | None, other: _Value | None, default: _Value) -> _Value:
    if one is not None:
        return one
    return default if other is None else other


def _milliseconds(value: int | None) -> float | None:
    return None if value is None else value / 1000
