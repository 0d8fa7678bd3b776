"""What a server with a model store loads at its start."""

import logging
from collections.abc import Callable
from dataclasses import replace

from ovserve.config.service_schema import ServiceEntry
from ovserve.errors import OvserveError
from ovserve.management.model_store import archives_in
from ovserve.management.snapshots import newest, read_snapshot
from ovserve.service_host.host import Registration, ServiceHost
from ovserve.service_host.settings import entry_of, settings_for
from ovserve.services.exchange import ServiceFailure
from ovserve.ts_config.options import ModelSettings, ServiceOptions

log = logging.getLogger(__name__)


def load_store(host: ServiceHost, gpu_count: int = 0) -> None:
    """Register what options and snapshots say and wait until each has its workers or has failed.

    What cannot be loaded is logged and does not keep the others out.
    """
    started: list[Registration] = []
    for register in _to_register(host, host.options.workers_at_start(gpu_count)):
        try:
            started.append(register())
        except ServiceFailure as refused:
            log.error("A service is not loaded: %s", refused.message)
    begun = [(each, host.begin_workers(each)) for each in started]
    for registration, result in begun:
        failure = result.result().failure
        name, version = registration.key
        if failure is not None:
            log.error("%s %s: %s\n%s", name, version, failure.message, failure.traceback)


def snapshot_models(host: ServiceHost) -> list[ModelSettings]:
    """Return what is registered, as snapshots have it."""
    models = []
    for each in host.registrations():
        spec, service = each.service.spec, each.service
        models.append(
            ModelSettings(
                name=spec.name,
                version=spec.version,
                default_version=host.registry.default_version(spec.name) == spec.version,
                archive=each.url,
                min_workers=service.min_workers,
                max_workers=service.max_workers,
                batch_size=spec.batch_size,
                max_batch_delay_s=spec.max_batch_delay_s,
                response_timeout_s=spec.response_timeout_s,
                startup_timeout_s=spec.startup_timeout_s,
                runtime=each.files.directory.manifest.runtime,
                handler=each.entry.handler,
            )
        )
    return models


def _to_register(host: ServiceHost, workers: int) -> list[Callable[[], Registration]]:
    options = host.options
    restored = options.restore
    if restored is None and options.snapshots.restore:
        restored = _newest_snapshot(options)
    if restored is not None:
        return [_restoring(host, model, workers) for model in restored if model.archive is not None]
    if options.load_all and options.model_store is not None:
        wanted: list[tuple[str, str | None]] = [(name, None) for name in archives_in(options.model_store)]
    else:
        wanted = [(each.archive, each.name) for each in options.load]

    def further(name: str, version: str) -> ServiceEntry | None:
        settings = settings_for(options, name, version)
        return None if settings is None else entry_of(settings)

    def registering(url: str, name: str | None) -> Callable[[], Registration]:
        return lambda: host.register(
            url, ServiceEntry(name or ""), default_workers=workers, at_start=True, settings=further
        )

    return [registering(url, name) for url, name in wanted]


def _restoring(host: ServiceHost, model: ModelSettings, workers: int) -> Callable[[], Registration]:
    def restore() -> Registration:
        # The archive is a name in the store here, and no path.
        entry = replace(entry_of(model), archive=None)
        registration = host.register(model.archive or "", entry, default_workers=workers, at_start=True)
        if model.default_version:
            host.set_default(*registration.key)
        return registration

    return restore


def _newest_snapshot(options: ServiceOptions) -> tuple[ModelSettings, ...] | None:
    if options.snapshots.directory is None:
        return None
    path = newest(options.snapshots.directory)
    if path is None:
        return None
    try:
        snapshot = read_snapshot(path)
    except (OvserveError, OSError) as error:
        log.error("The snapshot is not restored: %s", error)
        return None
    for warning in snapshot.warnings:
        log.warning("%s: %s", path, warning)
    return snapshot.models
