"""What a service is: everything its workers need, settled before the first of them starts."""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ovserve.errors import ConfigurationError

ENVELOPES = ("body", "json", "kserve", "kservev2")

DEFAULT_MAX_RESPONSE_BYTES = 6_553_500


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpec:
    """One version of a service. Times are in seconds, sizes in bytes.

    Attributes:
        name: under which clients and handlers know it.
        version: free text.
        model_dir: the unpacked archive: working directory of the workers and first on their import path.
        handler: the entry point, as manifests name it: ``module[:function|:Class[.method]]``.
        loader: a model loader in place of a handler, as ``ovserve_worker.loader_entry_point`` describes it.
        manifest: the archive's manifest, for handlers.
        model_yaml: the archive's model YAML, for handlers.
        min_workers: workers that are there whatever the load.
        max_workers: up to this many while requests wait; ``None``: as many as ``min_workers``. With 0
            requests fail with 503.
        batch_size: the most requests that a handler is given at once.
        max_batch_delay_s: how long the first request of a batch waits for others.
        queue_size: requests that may wait for a worker.
        startup_timeout_s: until a worker's handler is loaded.
        response_timeout_s: until a handler has answered a batch, or sent the next piece.
        client_timeout_s: until a request that sets no deadline of its own gets 504; ``None``: never.
        drain_timeout_s: for requests under way when workers are taken away.
        stop_timeout_s: for a handler's close hook, then again until SIGKILL follows SIGTERM.
        max_retry_s: how long failed loads are tried again.
        max_response_bytes: the largest answer.
        memory_limit_bytes: resident memory above which a worker is replaced; ``None``: no limit.
        interpreter: the Python that runs the workers, 3.9 or later.
        environment: variables set for the workers.
        environment_allowed: shell patterns of variables that workers inherit beside the usual ones.
        environment_blocked: regular expression; workers then inherit all variables but those that match.
        device_type: "cpu", "gpu" or "" for gpu where there are device ids.
        device_ids: workers take turns with these; empty: with those of the registry.
        threads_per_worker: of OpenMP and OpenVINO; ``None``: the machine's cores shared by the workers.
        decode_requests: whether handlers get JSON and text as values.
        envelope: one of :data:`ENVELOPES`, or "" for none.
        retry_singly: whether requests of a batch that failed are tried one by one.
        limit_max_image_pixels: whether image handlers keep their limit.
        scale_up_after_s: how long requests wait before a worker more is started, up to ``max_workers``.
        scale_down_after_s: how long one worker is idle before it goes, down to ``min_workers``.

    Raises:
        ConfigurationError: a value makes no sense; the message names it.
    """

    name: str
    version: str = "1.0"
    model_dir: Path
    handler: str
    loader: Mapping[str, Any] | None = None
    manifest: Mapping[str, Any] = field(default_factory=dict)
    model_yaml: Mapping[str, Any] = field(default_factory=dict)
    min_workers: int = 1
    max_workers: int | None = None
    batch_size: int = 1
    max_batch_delay_s: float = 0.1
    queue_size: int = 100
    startup_timeout_s: float = 120.0
    response_timeout_s: float = 120.0
    client_timeout_s: float | None = None
    drain_timeout_s: float = 30.0
    stop_timeout_s: float = 5.0
    max_retry_s: float = 300.0
    max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES
    memory_limit_bytes: int | None = None
    interpreter: str = sys.executable
    environment: Mapping[str, str] = field(default_factory=dict)
    environment_allowed: tuple[str, ...] = ()
    environment_blocked: str | None = None
    device_type: str = ""
    device_ids: tuple[int, ...] = ()
    threads_per_worker: int | None = None
    decode_requests: bool = True
    envelope: str = ""
    retry_singly: bool = False
    limit_max_image_pixels: bool = True
    scale_up_after_s: float = 1.0
    scale_down_after_s: float = 60.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        if not self.name:
            raise ConfigurationError("a service needs a name")
        check_workers(self.min_workers, self.max_workers)
        for name in ("batch_size", "queue_size", "max_response_bytes"):
            self._require(getattr(self, name) >= 1, name, "at least 1")
        for name in ("startup_timeout_s", "response_timeout_s", "stop_timeout_s", "scale_up_after_s"):
            self._require(getattr(self, name) > 0, name, "above 0")
        for name in ("max_batch_delay_s", "drain_timeout_s", "max_retry_s", "scale_down_after_s"):
            self._require(getattr(self, name) >= 0, name, "not negative")
        for name in ("client_timeout_s", "memory_limit_bytes", "threads_per_worker"):
            value = getattr(self, name)
            self._require(value is None or value > 0, name, "above 0")
        self._require(self.batch_size <= 0xFFFF, "batch_size", "at most 65535")
        self._require(self.envelope in ("", *ENVELOPES), "envelope", f"one of {', '.join(ENVELOPES)}")
        self._require(self.device_type in ("", "cpu", "gpu"), "device_type", "cpu or gpu")
        if self.environment_blocked is not None:
            try:
                re.compile(self.environment_blocked)
            except re.error as error:
                raise ConfigurationError(
                    f"service {self.name!r}: environment_blocked is no regular expression: {error}"
                ) from error

    @property
    def threads(self) -> int:
        """Threads that each worker may use for computing."""
        if self.threads_per_worker is not None:
            return self.threads_per_worker
        return max(1, (os.cpu_count() or 1) // max(1, self.max_workers or self.min_workers))

    def _require(self, holds: bool, name: str, what: str) -> None:
        if not holds:
            raise ConfigurationError(
                f"service {self.name!r}: {name} is {getattr(self, name)!r}, it must be {what}"
            )


def check_workers(min_workers: int, max_workers: int | None) -> None:
    """Raise ConfigurationError unless these are bounds for a number of workers."""
    if min_workers < 0:
        raise ConfigurationError("min_worker cannot be negative.")
    if max_workers is not None and max_workers < min_workers:
        raise ConfigurationError("max_worker cannot be less than min_worker.")
