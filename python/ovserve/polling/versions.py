"""Looking at the version directories of all models, once per pass."""

import logging

from ovserve.config.core_inputs import CoreInputs, core_inputs, scan_models
from ovserve.config.schema import Configuration

log = logging.getLogger(__name__)


class VersionScanner:
    """Puts a configuration and what lies on disk together for the core. Not thread-safe.

    What there is to say about directories is logged when it is new, not in every pass.
    """

    def __init__(self, cache_dir: str) -> None:
        self._cache_dir = cache_dir
        self._logged: frozenset[str] = frozenset()

    def scan(self, configuration: Configuration) -> tuple[CoreInputs, dict[str, str]]:
        """Scan every base path.

        Returns:
            What the core is told, and by model name the causes why a base path could not be read.
        """
        scans = scan_models(configuration)
        inputs = core_inputs(configuration, scans, self._cache_dir)
        # The core itself logs the problems of entries; it never learns why a path could not be read.
        unreadable = {name: scan.cause for name, scan in scans.items() if scan.cause}
        errors = [f'model "{name}": {cause}' for name, cause in unreadable.items()]
        for line in errors:
            if line not in self._logged:
                log.error("%s; what is served of it stays", line)
        for line in inputs.warnings:
            if line not in self._logged:
                log.warning("%s", line)
        self._logged = frozenset((*errors, *inputs.warnings))
        return inputs, unreadable
