"""What the inference APIs tell of services: health, readiness, state and metadata."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from ovserve.rest_api.routes import Response
from ovserve.service_host.host import ServiceHost
from ovserve.services.description import ServiceState
from ovserve.services.exchange import ServiceFailure
from ovserve.services.service import Service

PLATFORM = "ovserve_python"

FamilyError = Callable[[int, str], Response]

_TFS_STATES = {
    ServiceState.LOADING: "LOADING",
    ServiceState.READY: "AVAILABLE",
    ServiceState.NO_WORKERS: "START",
    ServiceState.FAILED: "LOADING",
    ServiceState.STOPPING: "UNLOADING",
}


class ServiceStatus:
    """Describes the services of a host."""

    def __init__(self, host: ServiceHost) -> None:
        self._registry = host.registry

    def healthy(self) -> bool:
        """Tell whether no default version has lost hope of having workers."""
        for name in self._registry.names():
            try:
                service = self._registry.get(name)
            except ServiceFailure:  # removed in this moment
                continue
            if service.state is ServiceState.FAILED:
                return False
        return True

    def tfs(self, name: str, version: str | None, error: FamilyError) -> Response:
        """Return the answer of TensorFlow Serving's status; other versions than numbers are counted."""
        try:
            services = self._registry.versions(name)
            chosen = services if version is None else [self._by_tfs_version(services, version, name)]
        except ServiceFailure as failure:
            return error(failure.status, failure.message)
        document = {
            "model_version_status": [
                {
                    "version": _tfs_version(services, service),
                    "state": _TFS_STATES[service.state],
                    "status": _tfs_cause(service),
                }
                for service in chosen
            ]
        }
        return _json(document)

    def tfs_metadata(self, name: str, version: str | None, error: FamilyError) -> Response:
        """Return TensorFlow Serving's metadata, without signatures, which are the handler's own affair."""
        try:
            services = self._registry.versions(name)
            service = (
                self._registry.get(name) if version is None else self._by_tfs_version(services, version, name)
            )
        except ServiceFailure as failure:
            return error(failure.status, failure.message)
        spec = {"name": name, "signatureName": "", "version": _tfs_version(services, service)}
        return _json({"modelSpec": spec, "metadata": {"signature_def": {"signatureDef": {}}}})

    def kserve_ready(self, name: str, version: str | None, error: FamilyError) -> Response:
        """Return 200 for a service that answers, else what keeps it from it."""
        try:
            service = self._registry.get(name, version)
        except ServiceFailure as failure:
            return error(failure.status, failure.message)
        if service.state is not ServiceState.READY:
            return error(HTTPStatus.NOT_FOUND, "Model with requested version is not ready")
        return Response(HTTPStatus.OK)

    def kserve_metadata(self, name: str, version: str | None, error: FamilyError) -> Response:
        """Return the metadata; inputs and outputs are the handler's own affair."""
        try:
            service = self._registry.get(name, version)
            versions = [each.spec.version for each in self._registry.versions(name)]
        except ServiceFailure as failure:
            return error(failure.status, failure.message)
        return _json(
            {
                "name": service.spec.name,
                "versions": versions,
                "platform": PLATFORM,
                "inputs": [],
                "outputs": [],
            }
        )

    def _by_tfs_version(self, services: list[Service], version: str, name: str) -> Service:
        for service in services:
            if version in (service.spec.version, _tfs_version(services, service)):
                return service
        return self._registry.get(name, version)  # raises


def _tfs_version(services: list[Service], service: Service) -> str:
    version = service.spec.version
    return version if version.isdecimal() else str(services.index(service) + 1)


def _tfs_cause(service: Service) -> dict[str, str]:
    failure = service.first_failure
    if service.state is ServiceState.FAILED and failure is not None:
        return {"error_code": "UNKNOWN", "error_message": failure.message}
    return {"error_code": "OK", "error_message": "OK"}


def _json(document: Any) -> Response:
    return Response(HTTPStatus.OK, json.dumps(document, indent=1).encode() + b"\n")
