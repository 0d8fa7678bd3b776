"""/v1/config: the state of everything, and reloading it."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus

from ovserve._core import Core
from ovserve.config.refusals import BrokenJsonError, UnreadableFileError
from ovserve.errors import ConfigurationError
from ovserve.polling.poller import PassReport
from ovserve.rest_api.routes import Request, Response, Route, Work
from ovserve.rest_api.status_codes import status_of, status_of_failure

_CONFIG_FAILED = "Reloading config file failed. Check server logs for more info."
_VERSIONS_FAILED = "Reloading models versions failed. Check server logs for more info."


class ConfigRoutes:
    """Status of all models, and the order to look at the configuration now."""

    def __init__(self, core: Core, reload: Callable[[], PassReport]) -> None:
        self._core = core
        self._reload = reload

    def routes(self) -> tuple[Route, ...]:
        """Return the routes below /v1/config."""
        return (
            Route("GET", re.compile("/v1/config"), self._status),
            Route("POST", re.compile("/v1/config/reload"), self._reload_now, Work.RELOAD),
        )

    def _status(self, request: Request, parameters: Mapping[str, str]) -> Response:
        return Response(HTTPStatus.OK, self._core.rest_config_status())

    def _reload_now(self, request: Request, parameters: Mapping[str, str]) -> Response:
        try:
            report = self._reload()
        except UnreadableFileError as error:
            return Response(status_of(error), self._core.rest_error(str(error)))
        except (BrokenJsonError, ConfigurationError) as error:
            return self._failed(status_of(error), _CONFIG_FAILED, str(error))
        if report.failures:
            first = report.failures[0]
            text = _CONFIG_FAILED if report.config_applied else _VERSIONS_FAILED
            return self._failed(status_of_failure(first.code), text, str(first))
        status = HTTPStatus.CREATED if report.changed else HTTPStatus.OK
        return Response(status, self._core.rest_config_status())

    def _failed(self, status: HTTPStatus, text: str, cause: str) -> Response:
        return Response(status, self._core.rest_error(f"{text} - {cause}"))
