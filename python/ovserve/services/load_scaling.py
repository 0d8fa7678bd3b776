"""How many workers a service should have, between its bounds: a decision without clock or process."""

from dataclasses import dataclass


@dataclass(slots=True)
class LoadScaler:
    """One worker more when requests have waited for some time, one less after idle time.

    Attributes:
        up_after_s: how long there must have been requests waiting without a gap.
        down_after_s: how long a worker must have been idle without a gap.
    """

    up_after_s: float
    down_after_s: float
    _waiting_since: float | None = None
    _idle_since: float | None = None

    def change(self, now: float, waiting: int, idle: int) -> int:
        """Return 1, 0 or -1.

        Args:
            now: seconds.
            waiting: requests without a worker.
            idle: workers without a request.
        """
        if waiting:
            self._idle_since = None
            if self._waiting_since is None:
                self._waiting_since = now
            elif now - self._waiting_since >= self.up_after_s:
                self._waiting_since = now
                return 1
            return 0
        self._waiting_since = None
        if not idle:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
        elif now - self._idle_since >= self.down_after_s:
            self._idle_since = now
            return -1
        return 0
