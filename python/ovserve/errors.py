"""What can go wrong, by what the caller can do about it.

The tree::

    OvserveError
    ├── InvalidArgumentError      the request or a value is wrong: change it
    │   └── ConfigurationError    a configuration file or command line cannot be honoured
    ├── NotFoundError             no such model, version or route
    ├── AlreadyExistsError        the name is taken
    ├── FailedPreconditionError   well formed, but not possible in the present state
    │   └── ModelBlacklistedError     a loader's load_model says so: not to be served at present
    ├── UnavailableError          known, but not now: try again
    ├── ResourceExhaustedError    a limit was reached
    ├── DeadlineExceededError     took longer than allowed
    ├── CancelledError            the caller gave the request up
    ├── UnimplementedError        the server does not offer this
    └── InternalError             the server, the device or user code failed

Nothing here knows a gRPC or HTTP status: each API has one table of its own.
"""


class OvserveError(Exception):
    """Base of everything that ovserve raises on purpose."""


class InvalidArgumentError(OvserveError):
    """The request or a value is wrong: change it."""


class ConfigurationError(InvalidArgumentError):
    """A configuration file or command line cannot be honoured; the message names the place."""


class NotFoundError(OvserveError):
    """No such model, version or route."""


class AlreadyExistsError(OvserveError):
    """The name is taken."""


class FailedPreconditionError(OvserveError):
    """Well formed, but not possible in the present state."""


class ModelBlacklistedError(FailedPreconditionError):
    """Raised by a Python loader's ``load_model``: this version must not be served at present."""


class UnavailableError(OvserveError):
    """Known, but not now: try again."""


class ResourceExhaustedError(OvserveError):
    """A limit was reached."""


class DeadlineExceededError(OvserveError):
    """Took longer than allowed."""


class CancelledError(OvserveError):
    """The caller gave the request up."""


class UnimplementedError(OvserveError):
    """The server does not offer this."""


class InternalError(OvserveError):
    """The server, the device or user code failed."""
