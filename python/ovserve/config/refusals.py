"""Why a configuration cannot be read at all, beside :class:`ovserve.errors.ConfigurationError`."""

from ovserve.errors import ConfigurationError, FailedPreconditionError, InternalError


class BrokenJsonError(FailedPreconditionError):
    """The text is not JSON; the message names line and column."""


class ValueTextError(ConfigurationError):
    """The text of a value means nothing: that keeps out its model, not the configuration."""


class UnreadableFileError(InternalError):
    """The configuration file is missing or cannot be read; the message names it and the reason."""


REFUSALS: tuple[type[Exception], ...] = (ConfigurationError, BrokenJsonError, UnreadableFileError)
"""Everything that reading a configuration raises on purpose."""
