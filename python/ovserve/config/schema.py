"""What a configuration says, once read and checked: plain frozen data, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ovserve.config.service_schema import ServiceEntry, ServiceFlags

PluginValue: TypeAlias = bool | int | float | str
Shape: TypeAlias = tuple[tuple[int, int | None], ...] | None
"""(minimum, maximum) per dimension, with None for no upper bound; None as a whole is "auto"."""
Layout: TypeAlias = tuple[str, str]
"""The order of dimensions that clients see, and the model's own; equal where nothing is transposed."""
ONLY_TENSOR = ""
"""Stands for the name of a model's only input, where the configuration names none."""


@dataclass(frozen=True, slots=True)
class VersionPolicy:
    """Which of a model's versions should be served."""

    kind: Literal["all", "latest", "specific"] = "latest"
    num_versions: int = 1  # "latest" only
    versions: frozenset[int] = frozenset()  # "specific" only


@dataclass(frozen=True, slots=True)
class BatchSize:
    """Replaces dimension 0 of every input: ``minimum == maximum`` is fixed, ``maximum=None`` unbounded."""

    minimum: int
    maximum: int | None
    auto: bool = False  # written as "auto": any size, and no model cache unless allow_cache


@dataclass(frozen=True, slots=True)
class Batching:
    """Requests of several clients are put together along dimension 0 and run as one."""

    max_batch: int  # how large dimension 0 may become
    max_delay_us: int = 0  # how long a request may wait for others while an infer request is free


@dataclass(frozen=True, slots=True)
class LoaderOptions:
    """A model's ``custom_loader_options``.

    ``text`` is what the loader gets: compact JSON in file order with every number as it was written.
    ``key`` is the same with sorted members: equal keys mean that nothing changed.
    """

    loader_name: str
    text: str
    key: str


@dataclass(frozen=True, slots=True)
class LoaderEntry:
    """One ``custom_loader_config_list`` entry.

    A ``problem`` keeps this loader and its models out, with that cause; everything else is served.
    """

    name: str
    library_path: str  # absolute
    config_file: str = ""  # as written: never resolved
    disable_on_blacklist_error: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One ``model_config_list`` entry, or the model of the command line.

    A ``problem`` keeps this model out, with that cause; everything else is served.
    """

    name: str
    base_path: str  # absolute, otherwise as written
    version_policy: VersionPolicy = VersionPolicy()
    batch_size: BatchSize | None = None  # None: the model's own
    nireq: int = 0  # 0: the device's optimum
    target_device: str = "CPU"
    plugin_config: Mapping[str, PluginValue] = field(default_factory=dict[str, PluginValue])
    allow_cache: bool = False
    shapes: Mapping[str, Shape] = field(default_factory=dict[str, Shape])  # by input
    layouts: Mapping[str, Layout] = field(default_factory=dict[str, Layout])  # by input or output
    mean: tuple[float, ...] = ()  # one for all channels, or one per channel
    scale: tuple[float, ...] = ()
    color_format: tuple[str, str] = ("", "")  # what clients send, what the model takes
    precision: tuple[str, str] = ("", "")  # what clients send, what mean and scale compute in; empty: own
    batching: Batching | None = None  # None: each request runs by itself
    loader: LoaderOptions | None = None  # None: read from files
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that should be served; ``complaints`` name the entries left out.

    Names are unique, across models and services.
    """

    loaders: tuple[LoaderEntry, ...] = ()
    models: tuple[ModelEntry, ...] = ()
    services: tuple[ServiceEntry, ...] = ()
    complaints: tuple[str, ...] = ()  # to be logged as errors, one line each
    metrics: frozenset[str] | None = None  # the metric families to show; None: metrics are off


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may take. What goes beyond is refused and harms no other client."""

    message_bytes: int = 1 << 30  # one gRPC message, in either direction, uncompressed
    body_bytes: int = 1 << 30  # the body of one REST request, as sent and uncompressed
    json_depth: int = 32  # levels of arrays and objects in the JSON of a request
    header_bytes: int = 1 << 16  # the head of a REST request, the metadata of a gRPC call
    header_count: int = 100  # header fields of a REST request, with the native front also of a gRPC call
    connections: int | None = None  # at a time, per port; None: the server's own choice
    # For a connection on which no request is under way; None: REST 75 s, gRPC an hour, since a call that
    # is sent in the moment of closing is lost, and gRPC's clients leave by themselves after half an hour.
    idle_timeout_s: float | None = None
    # For a client that has begun a request and does not go on, does not take its reply, or
    # connects and asks nothing.
    transfer_timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class CorsRules:
    """What web pages of other origins may do with the REST API; ``None`` is anything.

    Source: Fetch standard, "CORS protocol".
    """

    origins: frozenset[str] | None = None  # lower case
    methods: tuple[str, ...] | None = None
    headers: frozenset[str] | None = None  # lower case
    credentials: bool = False


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """What the server proves who it is with, in PEM form."""

    certificate: str
    key: str
    client_ca: str = ""  # clients must show a certificate of one of these authorities; empty: none is asked


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How one server runs.

    Ports: ``None`` is off, 0 is any free port (the command line's 0 becomes ``None``). Bind addresses may
    be several, with commas. With ``shared_port``, port and address of REST are those of gRPC.
    At most one of ``config_path`` and ``single_model`` is given by the command line; neither only beside
    ``services``.
    """

    port: int | None = 9178
    rest_port: int | None = None
    grpc_bind_address: str = "0.0.0.0"
    rest_bind_address: str = "0.0.0.0"
    config_path: str | None = None
    single_model: ModelEntry | None = None
    services: ServiceFlags | None = None  # not yet combined with a config.properties
    poll_interval_s: float = 1.0  # 0: configuration, versions and blacklist are not watched
    log_level: str = "INFO"  # TRACE, DEBUG, INFO, WARNING, ERROR
    log_path: str | None = None  # a file in addition to standard output
    access_log: str | None = None  # a file, "-" for standard output
    cpu_extension: str = ""  # a library with operations that models may use; empty: none
    cache_dir: str = ""  # compiled models from files are kept there; empty: no cache
    frontend: Literal["native", "grpcio"] = "native"  # which threads speak gRPC and REST
    shared_port: bool = False  # native only
    tls: TlsFiles | None = None  # for both ports, native only; None: no TLS
    grpc_channel_arguments: tuple[tuple[str, int | str], ...] = ()
    grpc_max_threads: int | None = None  # None: the server's own choice
    rest_workers: int | None = None  # None: the server's own choice
    drain_s: float = 30.0  # what running work gets at stop
    loader_call_deadline_s: float = 60.0
    blacklist_deadline_s: float = 5.0
    load_wait_s: float = 10.0  # how long a request waits for a version that is being loaded
    metrics: frozenset[str] | None = None  # the metric families to show; None: as the configuration says
    max_image_pixels: int = 100_000_000  # of one encoded image; a request may have ten times as many
    limits: Limits = Limits()
    cors: CorsRules = CorsRules()
    warnings: tuple[str, ...] = ()  # what was asked for without effect: to be logged at the start
