"""Passes: read what is wanted, hand it to the core, and for those who wait, tell what came of it."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ovserve._core import Core, PassResult
from ovserve.config.core_inputs import CoreInputs
from ovserve.config.service_schema import ServiceEntry
from ovserve.polling.blacklist import blacklist_watch
from ovserve.polling.config_file import ConfigSource
from ovserve.polling.periodic import Periodic
from ovserve.polling.versions import VersionScanner

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PassFailure:
    """A model version or a loader that could not be brought into service.

    ``model`` is empty and ``version`` 0 for a loader; ``version`` is 0 for a model as a whole.
    ``code`` is the upper-case name of the core's error code.
    """

    model: str
    version: int
    code: str
    cause: str

    def __str__(self) -> str:
        """Name the thing and the cause."""
        if not self.model:
            return self.cause
        version = f" version {self.version}" if self.version else ""
        return f'model "{self.model}"{version}: {self.cause}'


@dataclass(frozen=True, slots=True)
class PassReport:
    """What a pass did that was waited for.

    ``changed``: the configuration's content, a loader or a version changed. ``config_applied``: the
    configuration was new, or tried again because the pass before had failures.
    """

    changed: bool
    config_applied: bool
    failures: tuple[PassFailure, ...]


ServicesHook = Callable[[Sequence[ServiceEntry], bool], Mapping[str, str]]
"""Serves the entries that are custom services; the flag says whether to try again what failed.

Returns names and causes of those that are not served as they should be. May take its time.
"""


def no_services(entries: Sequence[ServiceEntry], retry: bool) -> Mapping[str, str]:
    """Serve no custom services."""
    return {}


class Poller:
    """Follows the configuration, version directories and blacklists while the server runs. Thread-safe.

    Passes that somebody waits for (the first one, reloads) run one after another; whoever asks while one
    runs gets the result of one that began later. The periodic ones in between wait for nothing, so a
    loader that hangs in a reload does not keep the others from being followed.
    """

    def __init__(
        self,
        core: Core,
        source: ConfigSource,
        cache_dir: str = "",
        interval_s: float = 1.0,
        services: ServicesHook = no_services,
    ) -> None:
        self._core = core
        self._source = source
        self._interval_s = interval_s
        self._services = services
        self._reading = threading.Lock()
        self._scanner = VersionScanner(cache_dir)  # guarded by _reading, like _source
        self._passing = threading.Lock()
        self._begun = 0  # guarded by _counting: number of the waited-for pass that began last
        self._counting = threading.Lock()
        self._last: tuple[int, PassReport] | None = None  # guarded by _passing
        self._watches: list[Periodic] = []

    def start(self) -> None:
        """Begin to look again every interval; with an interval of 0, never."""
        if not self._interval_s:
            if self._source.configuration.loaders:
                log.warning(
                    "polling is off: custom loaders are not asked which versions are blacklisted, "
                    "except by POST /v1/config/reload, and when they push a change"
                )
            return
        self._watches = [
            Periodic("configuration watch", self._interval_s, self._poll),
            blacklist_watch(self._core, self._interval_s),
            # Apart from the others: a handler may take long to load.
            Periodic("service watch", self._interval_s, self._poll_services),
        ]
        for watch in self._watches:
            watch.start()

    def begin_stop(self) -> None:
        """Let no further periodic pass begin; returns at once."""
        for watch in self._watches:
            watch.begin_stop()

    def join(self, timeout_s: float) -> bool:
        """Wait for the periodic passes under way; False if one outlasts the timeout."""
        return all([watch.join(timeout_s) for watch in self._watches])

    def run_pass(self) -> PassReport:
        """Serve what is wanted now, and wait until that is carried out.

        Reads the configuration, looks at the version directories, asks the blacklist and tries everything
        again that failed before.

        Raises:
            UnreadableFileError, BrokenJsonError, ConfigurationError: nothing changed then.
        """
        with self._counting:
            asked_after = self._begun
        with self._passing:
            if self._last is not None and self._last[0] > asked_after:
                return self._last[1]
            with self._counting:
                self._begun += 1
                number = self._begun
            report = self._pass()
            self._last = (number, report)
            return report

    def _pass(self) -> PassReport:
        had_failures = self._last is not None and bool(self._last[1].failures)
        with self._reading:
            config_changed = self._source.read()
            inputs, unreadable = self._scanner.scan(self._source.configuration)
            entries = self._source.configuration.services
        applied = self._core.apply(inputs.loaders, inputs.models, wait=True, retry_now=True)
        unserved = self._services(entries, True)
        asked = self._core.check_blacklist(wait=True)
        return PassReport(
            changed=config_changed or applied.changed or asked.changed,
            config_applied=config_changed or had_failures,
            failures=_failures(asked, {**unreadable, **unserved}),
        )

    def _poll(self) -> None:
        with self._reading:
            self._source.poll()
            inputs: CoreInputs = self._scanner.scan(self._source.configuration)[0]
        self._core.apply(inputs.loaders, inputs.models, wait=False, retry_now=False)

    def _poll_services(self) -> None:
        with self._reading:
            entries = self._source.configuration.services
        self._services(entries, False)


def _failures(result: PassResult, unreadable: dict[str, str]) -> tuple[PassFailure, ...]:
    """What is wrong at the end of a pass: the core tells all of it, except what it cannot know."""
    told = [PassFailure(f.model, f.version, f.code, f.cause) for f in result.failures]
    return (*told, *(PassFailure(name, 0, "INTERNAL", cause) for name, cause in unreadable.items()))
