"""Where the configuration comes from, and whether it has changed."""

import hashlib
import logging
from pathlib import Path
from typing import Protocol

from ovserve.config.load import parse_configuration, read_configuration
from ovserve.config.refusals import REFUSALS, UnreadableFileError
from ovserve.config.schema import Configuration

log = logging.getLogger(__name__)


class ConfigSource(Protocol):
    """Gives the configuration that should be served now. Not thread-safe: its user holds a lock."""

    @property
    def configuration(self) -> Configuration:
        """The last one that was valid; empty before the first."""

    def read(self) -> bool:
        """Read again because somebody asked for it; tells whether something changed.

        Raises:
            UnreadableFileError, BrokenJsonError, ConfigurationError: the last valid one then stays.
        """

    def poll(self) -> bool:
        """Look again because time has passed; tells whether something changed. Logs what is wrong, once."""


class FixedConfig:
    """A configuration that does not come from a file: one model, or a document handed over by a script."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration

    def replace(self, configuration: Configuration) -> None:
        """Serve another one from the next pass on."""
        _log_ignored_edit(self.configuration, configuration)
        self.configuration = configuration
        _log_complaints(configuration)

    def read(self) -> bool:
        """Nothing to read."""
        return False

    def poll(self) -> bool:
        """Nothing to look at."""
        return False


class ConfigFile:
    """Follows a configuration file by its content: touching it changes nothing."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._configuration = Configuration()
        self._seen: bytes | None = None  # digest of the content that was parsed last, valid or not
        self._valid: bytes | None = None  # digest of the content that is served

    @property
    def configuration(self) -> Configuration:
        """The last valid one."""
        return self._configuration

    def read(self) -> bool:
        """Read the file; see :meth:`ConfigSource.read`."""
        return self._take(read_configuration(self._path))

    def poll(self) -> bool:
        """Read the file if its content has changed; a file that is gone changes nothing."""
        try:
            content = read_configuration(self._path)
        except UnreadableFileError:
            return False
        if _digest(content) == self._seen:
            return False
        try:
            return self._take(content)
        except REFUSALS as error:
            log.error("%s; what is served stays", error)
            return False

    def _take(self, content: bytes) -> bool:
        self._seen = _digest(content)
        if self._seen == self._valid:
            return False
        configuration = parse_configuration(content, self._path)
        if self._valid is not None:
            _log_ignored_edit(self._configuration, configuration)
        self._configuration = configuration
        self._valid = self._seen
        _log_complaints(self._configuration)
        return True


def _log_complaints(configuration: Configuration) -> None:
    for complaint in configuration.complaints:
        log.error("%s", complaint)


def _log_ignored_edit(before: Configuration, after: Configuration) -> None:
    if after.metrics != before.metrics:
        log.warning("monitoring was edited; it is read only at the start of the server")


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
