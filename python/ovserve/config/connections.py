"""How many connections a port may have where nobody chose a number."""

import resource

from ovserve.config.schema import ServerOptions

MOST_BY_DEFAULT = 10_000
FILES_FOR_OTHERS = 256
"""Open files that are left to models, libraries and the process itself."""


def connection_limit(options: ServerOptions) -> int:
    """Return how many connections one port may have: what was chosen, or what the open files allow."""
    if options.limits.connections is not None:
        return options.limits.connections
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MOST_BY_DEFAULT
    ports = sum(port is not None for port in (options.port, options.rest_port)) - options.shared_port
    return max(1, min(MOST_BY_DEFAULT, (files - FILES_FOR_OTHERS) // max(1, ports)))
