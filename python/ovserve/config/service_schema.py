"""What flags and a configuration file say of custom services: plain frozen data, no behaviour.

``None`` and empty texts mean that nothing was said: the archive, its YAML file and ``config.properties``
come next, then the server's defaults.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ServiceFlags:
    """What the command line says of custom services; ``None`` is not given. Ports: 0 keeps one closed."""

    model_store: str | None = None  # absolute
    models: tuple[str, ...] | None = None  # as written: [name=]archive, or ALL
    ts_config: str | None = None  # absolute
    port: int | None = None
    grpc_bind_address: str | None = None
    rest_port: int | None = None
    rest_bind_address: str | None = None
    management_port: int | None = None
    management_bind_address: str | None = None
    metrics_port: int | None = None
    metrics_bind_address: str | None = None
    disable_token_auth: bool | None = None
    enable_model_api: bool | None = None
    require_signed_archives: bool | None = None
    trusted_keys: str | None = None  # absolute
    watch: bool = False
    sagemaker: bool = False
    no_snapshots: bool = False
    cors_given: bool = False  # by --allowed_origins and the like, which win over the file


@dataclass(frozen=True, slots=True)
class ModelLoaderEntry:
    """A model loader of the Infosys Model Inference Library, in place of a handler."""

    module: str
    class_name: str
    method: str  # of an instance: takes a request, gives its answer
    section: str  # of the configuration, its model_name
    config: Mapping[str, Any]  # the whole mil_config.json
    search_path: str  # absolute: where the module is
    directory: str  # absolute: the configuration's folder


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """One ``model_config_list`` entry that is a custom service. Times are in seconds, sizes in bytes.

    Exactly one of ``archive`` and ``base_path`` is given. A ``problem`` keeps this service out, with that
    cause; everything else is served.
    """

    name: str
    archive: str | None = None  # a packed or unpacked archive, absolute
    base_path: str | None = None  # a directory with the handler's files, absolute
    handler: str | None = None  # wins over the manifest's; always there with base_path, but for a loader
    loader: ModelLoaderEntry | None = None  # with base_path, in place of a handler
    endpoint: str | None = None  # a path of its own, with that library's messages
    version: str | None = None  # free text; wins over the manifest's
    sha256: str | None = None  # of a packed archive, lower case
    min_workers: int | None = None
    max_workers: int | None = None
    batch_size: int | None = None
    max_batch_delay_s: float | None = None
    queue_size: int | None = None
    response_timeout_s: float | None = None
    startup_timeout_s: float | None = None
    client_timeout_s: float | None = None
    drain_timeout_s: float | None = None
    max_retry_s: float | None = None  # how long failed loads are tried again
    scale_up_after_s: float | None = None
    scale_down_after_s: float | None = None
    memory_limit_bytes: int | None = None
    max_response_bytes: int | None = None
    interpreter: str | None = None  # absolute, or a name to be looked up in PATH
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    environment_allowed: tuple[str, ...] = ()  # shell patterns of variables that workers inherit too
    device_type: str | None = None  # "cpu" or "gpu"
    device_ids: tuple[int, ...] | None = None
    threads_per_worker: int | None = None
    envelope: str | None = None
    decode_requests: bool | None = None
    retry_singly: bool | None = None
    install_requirements: bool | None = None
    problem: str | None = None
