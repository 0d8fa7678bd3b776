"""How services run, once flags, ``config.properties`` and defaults are combined: plain frozen data."""

import os
from dataclasses import dataclass

from ovserve.config.schema import CorsRules

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Listener:
    """Where one port is opened; ``host`` may be several addresses, with commas."""

    host: str
    port: int
    tls: bool = False


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files for listeners with TLS."""

    private_key: str
    certificate: str  # may hold the chain


@dataclass(frozen=True, slots=True)
class ArchiveToLoad:
    """What is loaded at the start: a name in the store, a path or a URL; no name: the archive's own."""

    archive: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What ``models`` or a snapshot says of one version; None: nothing. Times are in seconds."""

    name: str
    version: str
    default_version: bool = False
    archive: str | None = None  # marName
    min_workers: int | None = None
    max_workers: int | None = None
    batch_size: int | None = None
    max_batch_delay_s: float | None = None
    response_timeout_s: float | None = None
    startup_timeout_s: float | None = None
    runtime: str | None = None  # "python" or "python3"
    handler: str | None = None


@dataclass(frozen=True, slots=True)
class PipInstall:
    """How the requirements of archives are installed."""

    timeout_s: float = 600.0
    require_hashes: bool = False
    no_index: bool = False


@dataclass(frozen=True, slots=True)
class RemoteArchiveRules:
    """Which archives may be fetched by URL; without ``allowed_urls`` none."""

    allowed_urls: tuple[str, ...] = ()  # regular expressions for the whole URL
    largest_bytes: int = 4096 * MEBIBYTE
    timeout_s: float = 300.0


@dataclass(frozen=True, slots=True)
class SnapshotOptions:
    """Where the state of services is kept; without a directory it is not."""

    directory: str | None = None  # absolute
    restore: bool = False  # the newest one is loaded at the start, in place of load


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """How custom services of one server run. Paths are absolute, times in seconds, sizes in bytes.

    A listener that is ``None`` stays closed. ``inference`` and ``management`` may be equal: one port.
    """

    model_store: str | None = None
    load: tuple[ArchiveToLoad, ...] = ()
    load_all: bool = False  # all that is in the store
    models: tuple[ModelSettings, ...] = ()  # settings of what is loaded; loads nothing by itself
    restore: tuple[ModelSettings, ...] | None = None  # of a snapshot given as the file: to load
    inference: Listener | None = None
    management: Listener | None = None
    metrics: Listener | None = None
    grpc_inference: Listener | None = None
    grpc_management: Listener | None = None
    tls: TlsFiles | None = None  # always there when a listener has TLS
    token_auth: bool = True
    token_expiration_s: float = 3600.0
    enable_model_api: bool = False
    remote_archives: RemoteArchiveRules = RemoteArchiveRules()
    require_signed_archives: bool = False
    trusted_keys: str | None = None  # a file with public keys
    install_requirements: bool = False
    pip: PipInstall = PipInstall()
    environment_blocked: str | None = None  # regular expression; None: workers inherit an allow-list
    cors: CorsRules | None = None  # None: no page of another origin
    default_workers: int | None = None
    default_response_timeout_s: float = 120.0
    default_startup_timeout_s: float = 120.0
    unregister_timeout_s: float = 120.0
    queue_size: int = 100
    max_request_bytes: int = 6_553_500
    max_response_bytes: int = 6_553_500
    decode_requests: bool = True
    default_handler: str | None = None
    envelope: str = ""
    gpu_count: int | None = None  # most that are used; None: all
    limit_max_image_pixels: bool = True
    metrics_api: bool = True
    system_metrics: bool = True
    snapshots: SnapshotOptions = SnapshotOptions()
    watch: bool = False
    sagemaker: bool = False  # one model, at /ping and /invocations
    entries: tuple[tuple[str, str], ...] = ()  # of the file, as written, for snapshots
    warnings: tuple[str, ...] = ()  # to be logged at the start, one line each

    def workers_at_start(self, gpu_count: int = 0) -> int:
        """Return how many workers a service has that is loaded at the start and says nothing of its own."""
        return self.default_workers or gpu_count or os.cpu_count() or 1
