"""What management does: register, list, describe, scale, set the default, unregister."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from ovserve.archive.manifest import RUNTIMES
from ovserve.config.service_schema import ServiceEntry
from ovserve.rest_api.routes import Response
from ovserve.service_api.answers import json_response
from ovserve.service_api.descriptions import described, listed
from ovserve.service_api.parameters import Parameters, bad
from ovserve.service_host.host import Registration, ServiceHost, load_failed
from ovserve.services.exchange import ServiceFailure
from ovserve.services.scaling import ScaleResult

log = logging.getLogger(__name__)

_PARTIAL = 206  # fewer workers than asked for


class ManagementActions:
    """Carries out requests, on threads that may wait.

    Args:
        host: has the services.
        changed: learns that what is registered has changed, for snapshots.
    """

    def __init__(self, host: ServiceHost, changed: Callable[[], None] = lambda: None) -> None:
        self._host = host
        self._changed = changed

    def list(self, parameters: Parameters) -> Response:
        """List names, page by page."""
        page = listed(self._host, parameters.number("limit", -1), parameters.number("next_page_token"))
        return json_response(page)

    def register(self, parameters: Parameters) -> Response:
        """Register a service and start its workers; what fails leaves nothing behind."""
        url = parameters.text("url")
        if url is None:
            raise bad("Parameter url is required.")
        runtime = parameters.text("runtime")
        if runtime is not None and runtime.lower() not in {each.lower() for each in RUNTIMES}:
            raise bad(f"Invalid RuntimeType value: {runtime}")
        workers = parameters.number("initial_workers")
        batch_delay = parameters.number("max_batch_delay")
        entry = ServiceEntry(
            name=parameters.text("model_name") or "",
            handler=parameters.text("handler"),
            sha256=parameters.text("sha256"),
            min_workers=workers,
            max_workers=workers,
            batch_size=parameters.number("batch_size", 1),
            max_batch_delay_s=None if batch_delay is None else batch_delay / 1000,
            response_timeout_s=parameters.number("response_timeout", 1),
            startup_timeout_s=parameters.number("startup_timeout", 1),
        )
        wait = parameters.switch("synchronous", True)
        default_workers = self._host.options.default_workers or 0
        registration = self._host.register(url, entry, default_workers=default_workers)
        return self._started(registration, wait)

    def describe(self, name: str, version: str | None, parameters: Parameters) -> Response:
        """Describe a version, the default one, or all; with ``customized`` the handler's word too."""
        host = self._host
        customized = parameters.switch("customized", False) and version != "all"
        if version == "all":
            chosen = [host.registration(name, each.spec.version) for each in host.registry.versions(name)]
        else:
            chosen = [host.registration(name, version)]
        found = [(each, host.run(each.service.describe(customized))) for each in chosen]
        return json_response([described(each, description) for each, description in found])

    def scale(self, name: str, version: str | None, parameters: Parameters) -> Response:
        """Set the bounds of the number of workers."""
        version = version or parameters.text("model_version")
        least = parameters.number("min_worker")
        most = parameters.number("max_worker")
        if least is None:
            least = 1 if most is None else min(1, most)
        if most is not None and most < least:
            raise bad("max_worker cannot be less than min_worker.")
        wait = parameters.switch("synchronous", False)
        registration = self._host.registration(name, version)
        result = self._host.scale(name, registration.service.spec.version, least, most, wait)
        self._changed()
        if result is None:
            return json_response({"status": "Processing worker updates..."}, HTTPStatus.ACCEPTED)
        if result.failure is not None:
            raise load_failed(registration, result.failure)
        text = f"Workers scaled to {least} for model: {name}"
        return _scaled(result, text if version is None else f"{text}, version: {version}")

    def set_default(self, name: str, version: str, parameters: Parameters) -> Response:
        """Choose the version that requests without one get."""
        self._host.set_default(name, version)
        self._changed()
        return json_response(
            {"status": f'Default version successfully updated for model "{name}" to "{version}"'}
        )

    def unregister(self, name: str, version: str | None, parameters: Parameters) -> Response:
        """Remove a version, once its requests are answered."""
        self._host.unregister(name, version, self._host.options.unregister_timeout_s)
        self._changed()
        return json_response({"status": f'Model "{name}" unregistered'})

    def _started(self, registration: Registration, wait: bool) -> Response:
        name, version = registration.key
        workers = registration.service.min_workers
        text = f'Model "{name}" Version: {version} registered with {workers} initial workers'
        if not workers:
            self._changed()
            return json_response({"status": f"{text}. Use scale workers API to add workers for the model."})
        if not wait:
            self._host.begin_workers(registration)
            self._changed()
            return json_response({"status": "Processing worker updates..."}, HTTPStatus.ACCEPTED)
        try:
            result = self._host.start_workers(registration, unregister_if_failed=True)
        except ServiceFailure as failure:
            log.error("%s", failure.message)
            raise
        self._changed()
        return _scaled(result, text)


def _scaled(result: ScaleResult, text: str) -> Response:
    complete = result.ready >= result.wanted
    return json_response({"status": text}, HTTPStatus.OK if complete else _PARTIAL)
