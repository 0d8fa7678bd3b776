"""A ``mil_config.json`` of the Infosys Model Inference Library: one model loader and its endpoint."""

import ipaddress
import re
from dataclasses import dataclass, replace
from typing import TypeGuard

from ovserve.config.bind_addresses import parse_bind_addresses
from ovserve.config.json_document import JsonInteger, JsonObject, JsonValue, child_path, parse_json
from ovserve.config.keys import check_object, expectation, required_text
from ovserve.config.model_loader_names import EXECUTOR, FAST_API, OWN_SECTION, served_loader
from ovserve.config.refusals import REFUSALS
from ovserve.config.service_entry import NAME_FORM, is_service_name, with_settings
from ovserve.config.service_keys import LOADER_SETTINGS
from ovserve.config.service_schema import ServiceEntry
from ovserve.errors import ConfigurationError

_PATH = re.compile(r"(/[A-Za-z0-9_.~-]+)+")
_OF_THE_SERVER = frozenset(
    {"v1", "v2", "ping", "predictions", "explanations", "invocations", "models", "metrics", "api-description"}
    | {"docs", "openapi.json"}
)


@dataclass(frozen=True, slots=True)
class MilListener:
    """Where the file wants its endpoint; None: it does not say."""

    host: str | None = None  # may be several addresses, with commas
    port: int | None = None

    @property
    def is_public(self) -> bool:
        """Whether other machines may reach the host."""
        return self.host is not None and not all(map(_is_loopback, self.host.split(",")))


def is_mil_config(document: JsonValue) -> TypeGuard[JsonObject]:
    """Tell such a file from a configuration of models."""
    return isinstance(document, JsonObject) and EXECUTOR in document and "model_config_list" not in document


def parse_mil_config(document: JsonObject, directory: str) -> ServiceEntry:
    """Return the service that the file asks for, with its endpoint.

    Args:
        document: the whole file.
        directory: its folder, absolute: where relative paths start, and the workers' working directory.

    Raises:
        ConfigurationError: something is missing or leads nowhere; the message names it.
    """
    loader = served_loader(document, directory)
    if not is_service_name(loader.section):
        raise expectation(f"{EXECUTOR}.model_name", NAME_FORM, loader.section)
    api = document.get(FAST_API)
    if not isinstance(api, JsonObject) or "endpoint" not in api:
        raise ConfigurationError(f"{FAST_API}.endpoint is missing: the path that clients post to")
    endpoint = required_text(api, "endpoint", FAST_API)
    if not _PATH.fullmatch(endpoint):
        raise expectation(f"{FAST_API}.endpoint", 'a path such as "/MyModel"', endpoint)
    if endpoint.split("/")[1] in _OF_THE_SERVER:
        raise ConfigurationError(f"{FAST_API}.endpoint: {endpoint} is a path of the server; take another one")
    entry = ServiceEntry(loader.section, base_path=directory, loader=loader, endpoint=endpoint)
    if OWN_SECTION in document:
        own = check_object(document[OWN_SECTION], LOADER_SETTINGS, OWN_SECTION)
        entry = with_settings(entry, own, OWN_SECTION, directory)
    if entry.min_workers == 0:
        raise ConfigurationError(f"{OWN_SECTION}.workers: nobody would answer; at least 1")
    return replace(entry, version=entry.version or "1.0")


def mil_listener(content: bytes) -> MilListener | None:
    """Return where a file's content wants to be served; None unless it is that of a ``mil_config.json``.

    What is wrong with the file in other ways is not told here.

    Raises:
        ConfigurationError: host or port mean nothing.
    """
    try:
        document = parse_json(content)
    except REFUSALS:
        return None
    if not is_mil_config(document):
        return None
    api = document.get(FAST_API)
    if not isinstance(api, JsonObject):
        return MilListener()
    host, port = api.get("host"), api.get("port")
    place = child_path(FAST_API, "port")
    if isinstance(port, str) and port.isascii() and port.isdigit() and len(port) <= 5:
        port = JsonInteger(port)
    if port is not None and (not isinstance(port, JsonInteger) or not 1 <= port <= 65535):
        raise expectation(place, "a port from 1 to 65535", api["port"])
    if host is not None and not isinstance(host, str):
        raise expectation(child_path(FAST_API, "host"), "an address", host)
    hosts = ",".join(parse_bind_addresses(host, f"{FAST_API}.host")) if host else None
    return MilListener(hosts, None if port is None else int(port))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
