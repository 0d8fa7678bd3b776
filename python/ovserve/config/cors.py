"""Which web pages may use the REST API, as the command line says it.

Source of what origins, methods and header names look like: RFC 6454 section 6.2, RFC 9110 section 5.6.2.
"""

import re

from ovserve.config.refusals import ValueTextError

_ANY = "*"
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
_OPAQUE = "null"
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def parse_origins(text: str, where: str) -> frozenset[str] | None:
    """Read ``https://one.example,http://two.example:8080``; None stands for ``*``, any origin.

    Raises:
        ValueTextError: something in the list is no origin as browsers send it.
    """
    names = [name.lower() for name in _listed(text, where)]
    if _ANY in names:
        return None
    for name in names:
        if name != _OPAQUE and not _ORIGIN.fullmatch(name):
            raise ValueTextError(
                f'{where}: "{name}" is no origin; expected scheme://host or scheme://host:port without path'
            )
    return frozenset(names)


def parse_methods(text: str, where: str) -> tuple[str, ...] | None:
    """Read ``GET,POST``; None stands for ``*``, all that the server has.

    Raises:
        ValueTextError: something in the list is no HTTP method.
    """
    names = _tokens(text, where, "HTTP method")
    return None if _ANY in names else tuple(name.upper() for name in names)


def parse_header_names(text: str, where: str) -> frozenset[str] | None:
    """Read ``Content-Type,Authorization`` as lower case; None stands for ``*``, any header.

    Raises:
        ValueTextError: something in the list is no header name.
    """
    names = _tokens(text, where, "header name")
    return None if _ANY in names else frozenset(name.lower() for name in names)


def _tokens(text: str, where: str, what: str) -> list[str]:
    names = _listed(text, where)
    for name in names:
        if not _TOKEN.fullmatch(name):
            raise ValueTextError(f'{where}: "{name}" is no {what}')
    return names


def _listed(text: str, where: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise ValueTextError(f'{where}: expected name,name or "*", got "{text}"')
    return names
