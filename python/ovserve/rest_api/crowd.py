"""What the connections of one REST server share."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from ovserve.config.schema import Limits
from ovserve.rest_api.routes import Response

log = logging.getLogger(__name__)


class Crowd:
    """What the connections of one server share."""

    def __init__(self, limits: Limits, most: int, error: Callable[[HTTPStatus, str], Response]) -> None:
        """Describe it: ``most`` connections at a time; ``error`` writes the body of a refusal."""
        self.limits = limits
        self.most = most
        self.error = error
        self._is_full = False

    def has_room(self, connections: int) -> bool:
        """Tell whether that many are allowed; the first refusal of a row is logged."""
        if connections > self.most and not self._is_full:
            log.warning("REST: %d connections are open, which is the limit; more are refused", self.most)
        self._is_full = connections > self.most
        return not self._is_full
