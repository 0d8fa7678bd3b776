"""``ovserve loader trace``."""

import argparse
import http.client
import json
from typing import Any

from ovserve.errors import UnavailableError
from ovserve.loader_trace.table import table_of
from ovserve.workbench.terminal import wants_colour

DESCRIPTION = """\
Show what a running server has called of its custom loaders, and when: the last 1000 calls. The server shows
the same at /v1/loaders of its REST port, to browsers as a page."""

_TIMEOUT_S = 30.0


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``trace`` to the commands of ``ovserve loader``."""
    parser = commands.add_parser(
        "trace", help="show what a running server calls, and when", description=DESCRIPTION
    )
    parser.add_argument("--rest-port", type=_port, required=True, metavar="P", help="of the server")
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="of the server (127.0.0.1)")
    parser.add_argument("--loader", metavar="NAME", help="calls into this loader alone")
    parser.add_argument("--model", metavar="NAME", help="calls about this model alone")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> str:
    document = _chosen(_fetched(options.host, options.rest_port), options.loader, options.model)
    if options.json:
        return json.dumps(document, indent=1) + "\n"
    return table_of(document, wants_colour())


def _fetched(host: str, port: int) -> dict[str, Any]:
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/v1/loaders", headers={"accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise UnavailableError(
            f"no server answers at {host}:{port} ({error}); --rest-port is the port of its REST API"
        ) from error
    finally:
        connection.close()
    try:
        document: dict[str, Any] = json.loads(body)
        if answer.status == 200 and isinstance(document["loaders"], list):
            return document
    except (ValueError, KeyError, TypeError):
        pass
    raise UnavailableError(f"what answers at {host}:{port} is no ovserve, or an older one ({answer.status})")


def _chosen(document: dict[str, Any], loader: str | None, model: str | None) -> dict[str, Any]:
    loaders = [
        {**each, "calls": [call for call in each["calls"] if model is None or call["model"] == model]}
        for each in document["loaders"]
        if loader is None or each["name"] == loader
    ]
    return {"loaders": [each for each in loaders if each["calls"]]}


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text}: must be a port, 1 to 65535")
    return int(text)
