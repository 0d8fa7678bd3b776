"""The parameters of management requests: of the query, or of a JSON body in its place."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl

from ovserve.rest_api.routes import Request
from ovserve.service_api.access import header, media_type
from ovserve.services.exchange import ServiceFailure

_LARGEST = 2**31 - 1


class Parameters:
    """Reads parameters by name. Unknown ones are ignored.

    Raises:
        ServiceFailure: 400, a value makes no sense.
    """

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    @classmethod
    def of(cls, request: Request, body: bytes) -> "Parameters":
        """Read the query, or the body if that is JSON."""
        kind = media_type(header(request, b"content-type"))
        if kind != "application/json" or not body.strip():
            query = parse_qsl(request.query.decode("utf-8", "replace"), keep_blank_values=True)
            return cls(dict(reversed(query)))  # of several the first counts
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise bad("The body is no JSON object")
        return cls(document)

    def text(self, name: str) -> str | None:
        """Return a text, None if there is none or an empty one."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise bad(f"Parameter {name} must be a text.")
        if "\0" in value:
            raise bad(f"Parameter {name} holds a null character.")
        return value

    def number(self, name: str, least: int = 0) -> int | None:
        """Return a whole number."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str) and value.strip().lstrip("-").isdecimal() and len(value) < 12:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _LARGEST:
            raise bad(f"Parameter {name} must be a whole number from {least}.")
        return value

    def switch(self, name: str, default: bool) -> bool:
        """Return true or false."""
        value = self._values.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise bad(f"Parameter {name} must be true or false.")


def bad(message: str) -> ServiceFailure:
    """Return the failure of a request that makes no sense."""
    return ServiceFailure(HTTPStatus.BAD_REQUEST, message, "BadRequestException")
