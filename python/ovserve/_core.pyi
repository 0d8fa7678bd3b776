"""The native core: loaders, OpenVINO, the model repository, and every protocol's codec.

Every function that can wait or compute releases the GIL. Failures are raised as the classes of
:mod:`ovserve.errors`, chosen by the core's error code.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import ClassVar, TypedDict

import numpy as np

__version__: str

class LoaderConfig:
    """One ``custom_loader_config_list`` entry; ``library_path`` is absolute.

    ``problem``: why the entry is refused; it then counts as a failed loader.
    """

    def __init__(
        self,
        name: str,
        library_path: str,
        config_file: str = "",
        disable_on_blacklist_error: bool = False,
        problem: str = "",
    ) -> None: ...
    name: str
    library_path: str
    config_file: str
    disable_on_blacklist_error: bool
    problem: str

class VersionPolicy:
    """Which of a model's versions should be served."""

    @staticmethod
    def all() -> VersionPolicy: ...
    @staticmethod
    def latest(num_versions: int = 1) -> VersionPolicy: ...
    @staticmethod
    def specific(versions: Sequence[int]) -> VersionPolicy: ...

class ModelOptions:
    """How a model is compiled.

    ``batch_size``: ``None`` keeps the model's own; ``(min, max)`` with ``max=None`` for no upper bound
    replaces dimension 0 of every input, so ``(4, 4)`` is a fixed batch and ``(1, None)`` any.
    ``batching``: the largest dimension 0 to which requests are put together, and how long the first of
    them may wait for others, in microseconds; ``None``: each request runs by itself.
    ``shapes``: such pairs per dimension by input, ``None`` for any size in all of them; the name ""
    stands for the only input. ``layouts`` (by input or output) and ``color_format`` are pairs of what
    clients see and what the model has; ``precision`` is what clients send and what ``mean`` and ``scale``
    compute in, "" for what suits the model.
    """

    def __init__(
        self,
        target_device: str = "CPU",
        plugin_config: Mapping[str, bool | int | float | str] = ...,
        nireq: int = 0,
        batch_size: tuple[int, int | None] | None = None,
        batching: tuple[int, int] | None = None,
        shapes: Mapping[str, Sequence[tuple[int, int | None]] | None] = ...,
        layouts: Mapping[str, tuple[str, str]] = ...,
        mean: Sequence[float] = (),
        scale: Sequence[float] = (),
        color_format: tuple[str, str] = ("", ""),
        precision: tuple[str, str] = ("", ""),
        cache_dir: str = "",
    ) -> None: ...

class ModelConfig:
    """One ``model_config_list`` entry with what exists on disk.

    ``versions``: version number to the directory (or file) that holds it; ``None`` when base_path
    could not be read, so that what is served stays. ``mappings``: version number to what tells one
    content of its ``mapping_config.json`` from another. ``problem``: why the entry cannot be honoured;
    the model then keeps what it has.
    """

    def __init__(
        self,
        name: str,
        base_path: str,
        options: ModelOptions,
        version_policy: VersionPolicy,
        versions: Mapping[int, str] | None,
        loader_name: str = "",
        loader_options: str = "",
        loader_options_key: str = "",
        problem: str = "",
        mappings: Mapping[int, str] = ...,
    ) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def base_path(self) -> str: ...
    @property
    def versions(self) -> dict[int, str] | None: ...
    @property
    def loader_name(self) -> str: ...
    @property
    def loader_options(self) -> str: ...
    @property
    def problem(self) -> str: ...
    @property
    def mappings(self) -> dict[int, str]: ...

class VersionStatus:
    """State of one version: ``state`` is START, LOADING, AVAILABLE, UNLOADING or END."""

    @property
    def version(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def failed(self) -> bool: ...
    @property
    def error_code(self) -> str: ...
    @property
    def error_message(self) -> str: ...

class Failure:
    """What went wrong in a pass; ``model`` is empty and ``version`` 0 for a loader."""

    @property
    def model(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def cause(self) -> str: ...

class PassResult:
    """What one pass of the repository did."""

    @property
    def changed(self) -> bool: ...
    @property
    def failures(self) -> list[Failure]: ...

class TensorInfo:
    """Name, precision ("FP32") and shape (-1: not fixed) of one input or output."""

    @property
    def name(self) -> str: ...
    @property
    def precision(self) -> str: ...
    @property
    def shape(self) -> list[int]: ...

class TracedCall(TypedDict):
    """One call into a loader; or several blacklist questions about a version with the same answer in a row.

    ``function`` is named as in the C++ interface, whatever the loader is written in. ``start`` (of the first
    call) and ``last_start`` are seconds since 1970, ``duration_s`` is that of the last call, so far if it is
    ``running``. ``result``: ``"OK"``, ``"MODEL_BLACKLISTED"``, ``"running"`` or the cause of the failure.
    ``model`` and ``version`` are None for calls about the loader itself. ``thread`` is the kernel's number.
    """

    loader: str
    library: str
    function: str
    model: str | None
    version: int | None
    arguments: str
    thread: int
    start: float
    duration_s: float
    running: bool
    result: str
    count: int
    last_start: float

class Core:
    """Engine, loaders, repository and protocol codecs of one server."""

    def __init__(
        self,
        load_wait_s: float = 10.0,
        max_waiting_requests: int = 8,
        loader_call_deadline_s: float = 60.0,
        blacklist_deadline_s: float = 5.0,
        load_threads: int = 2,
        metrics: Sequence[str] | None = None,
        cpu_extension: str = "",
        max_json_depth: int = 32,
        max_image_pixels: int = 100_000_000,
    ) -> None: ...

    # Repository: see cpp/repository/model_repository.h.
    def apply(
        self, loaders: Sequence[LoaderConfig], models: Sequence[ModelConfig], wait: bool, retry_now: bool
    ) -> PassResult: ...
    def check_blacklist(self, wait: bool) -> PassResult: ...
    def status(self, model: str, version: int | None = None) -> list[VersionStatus]: ...
    def all_status(self) -> dict[str, list[VersionStatus]]: ...
    def signature(
        self, model: str, version: int | None = None
    ) -> tuple[list[TensorInfo], list[TensorInfo]]: ...
    def infer(
        self, model: str, inputs: Mapping[str, np.ndarray], version: int | None = None
    ) -> dict[str, np.ndarray]: ...
    def loader_trace(self) -> list[TracedCall]:
        """Return the last calls into custom loaders in the order of their begin; also after :meth:`stop`."""
    def set_ready(self, ready: bool) -> None: ...
    def ready(self) -> bool: ...
    def stop(self, deadline_s: float) -> bool: ...

    # gRPC: request message in, response message out.
    def tfs_predict(self, request: bytes) -> bytes: ...
    def tfs_get_model_metadata(self, request: bytes) -> bytes: ...
    def tfs_get_model_status(self, request: bytes) -> bytes: ...
    def kserve_server_live(self, request: bytes) -> bytes: ...
    def kserve_server_ready(self, request: bytes) -> bytes: ...
    def kserve_model_ready(self, request: bytes) -> bytes: ...
    def kserve_server_metadata(self, request: bytes) -> bytes: ...
    def kserve_model_metadata(self, request: bytes) -> bytes: ...
    def kserve_model_infer(self, request: bytes) -> bytes: ...
    def kserve_model_stream_infer(self, request: bytes) -> bytes:
        """Answer one message of a stream; a failure of it is part of the reply."""
    def health_check(self, request: bytes) -> bytes: ...

    # REST: JSON in, JSON out.
    def rest_predict(self, model: str, version: int | None, body: bytes) -> bytes: ...
    def rest_metadata(self, model: str, version: int | None) -> bytes: ...
    def rest_status(self, model: str, version: int | None) -> bytes: ...
    def rest_config_status(self) -> bytes: ...
    def rest_error(self, message: str) -> bytes: ...
    def kserve_rest_infer(
        self, model: str, version: int | None, body: bytes, header_length: int | None
    ) -> tuple[bytes, int | None]:
        """Answer an infer request.

        ``header_length``: of the JSON object that the body begins with, None if nothing follows it; the
        same comes back for the reply.
        """
    def kserve_rest_model_metadata(self, model: str, version: int | None) -> bytes: ...
    def model_ready(self, model: str, version: int | None = None) -> bool: ...

    # Prometheus' text format; metrics are on if the core was made with a list of families.
    def metrics_text(self) -> bytes: ...

def metric_families() -> dict[str, bool]:
    """Names of the metric families, and whether each is shown by default."""

class LoadedBuffers:
    """What a loader handed over: memory that lives as long as this object or any view of it."""

    @property
    def kind(self) -> str:
        """ "IR", "ONNX" or "BLOB"."""
    @property
    def model(self) -> memoryview: ...
    @property
    def weights(self) -> memoryview: ...

class CustomLoader:
    """One loader object, driven without a server. Calls do not overlap."""

    def load(self, name: str, base_path: str, version: int, options: str) -> LoadedBuffers: ...
    def blacklisted(self, name: str, version: int) -> bool: ...
    def unload(self, name: str, version: int) -> None: ...
    def retire(self, name: str) -> None: ...
    def deinit(self) -> None: ...

def create_custom_loader(config: LoaderConfig) -> CustomLoader:
    """Open the library, create its loader and initialise it."""

def python_loader_path(text: str) -> tuple[str, str] | None:
    """File or module, and class, of a library_path that names Python; None for a shared library."""

class LibrarySymbol:
    """A name in a library's symbol table; ``exported``: visible to the dynamic linker."""

    @property
    def name(self) -> str: ...
    @property
    def defined(self) -> bool: ...
    @property
    def exported(self) -> bool: ...

def reason_not_loadable(path: str) -> str | None:
    """Why the dynamic linker cannot load a file as a library of this machine; None: no reason found."""

def reason_of_other_string_abi(path: str) -> str | None:
    """Why a library's std::string is not that of the loader interface; None: no sign of it."""

def library_symbols(path: str, debugging: bool = False) -> list[LibrarySymbol]:
    """The symbols that the dynamic linker uses, or those for debuggers; empty if there is no such table."""

def advice_on_missing_function(path: str, function: str) -> str:
    """Completes "it exports no function f": where it went, and what to do."""

def make_and_destroy_loader(path: str) -> None:
    """Open a library of the C++ interface, make a loader and destroy it, without initialising it."""

def set_log_level(level: int) -> None:
    """Drop core log lines below this level of Python's logging at their source; trace is 5."""

def next_log_records(timeout_s: float) -> list[tuple[int, str, str]]:
    """Wait for core log lines: (logging level, logger name, text). Empty after the timeout."""

class PassedRequest:
    """A call that the core does not answer itself; unanswered, it ends as an internal error."""

    @property
    def is_grpc(self) -> bool: ...
    @property
    def peer(self) -> str:
        """Address and port of the client: ``127.0.0.1:54872``, ``[::1]:54872``."""
    @property
    def method(self) -> str: ...
    @property
    def path(self) -> bytes:
        """As sent: percent-encoded, with its query; of gRPC ``/package.Service/Method``."""
    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Names in lower case."""
    @property
    def body(self) -> bytes:
        """A copy, made at each call."""
    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for the answer any more."""
    @property
    def time_remaining(self) -> float | None:
        """Until its deadline, in seconds; ``None``: it has none."""
    def reply(self, status: int, headers: Sequence[tuple[str, str]], body: bytes, reason: str = "") -> None:
        """Answer a request over HTTP; the reason stands beside the status in HTTP/1.1, "": the usual one."""
    def reply_grpc(self, code: int, message: str, body: bytes) -> None:
        """End a gRPC call; the body is sent with code 0, if the answer is one message."""
    def begin(self, status: int, headers: Sequence[tuple[str, str]], body: bytes, reason: str = "") -> None:
        """Begin an answer over HTTP in pieces; :meth:`send` brings more, :meth:`end` comes last."""
    def send(self, message: bytes) -> None:
        """Send one message of a gRPC answer in many, or a piece of an answer over HTTP."""
    def end(self, complete: bool) -> None:
        """End an answer in pieces; one that is not complete is cut off, so that the client knows."""
    @property
    def backlog(self) -> int:
        """Bytes that were sent and that the client has not taken."""

class TransportFactory:
    """How the native front carries bytes over the connections that it accepts."""

class NativeFront:
    """gRPC and REST of one core, on threads that never take the GIL. Listens at once, serves from start() on.

    ``grpc``, ``rest``: numeric addresses and the port, 0 for any free one; ``None``: not spoken.
    ``one_port``: REST is spoken on the gRPC port. ``transports``: ``None`` for plain TCP.
    ``message_bytes``: the largest gRPC message, in either direction; ``body_bytes``: the largest body
    of a REST request.

    Raises:
        UnavailableError: an address cannot be had; the message names it.
    """

    def __init__(
        self,
        core: Core,
        *,
        grpc: tuple[Sequence[str], int] | None,
        rest: tuple[Sequence[str], int] | None,
        one_port: bool,
        transports: TransportFactory | None,
        message_bytes: int,
        body_bytes: int,
        header_bytes: int,
        header_count: int,
        connections: int,
        idle_timeout_s: float | None,
        transfer_timeout_s: float,
    ) -> None: ...
    MAX_WATCHERS: ClassVar[int]
    """Health Watch streams at a time."""

    def start(self) -> None: ...
    @property
    def ports(self) -> list[int]:
        """One per address, those of gRPC first."""
    @property
    def closed(self) -> bool:
        """Whether no more requests will be passed."""
    def pass_models(self, names: AbstractSet[str], *, all: bool = False) -> None:
        """Pass requests about these models, or about all, instead of answering them. At any time."""
    def announce_state(self) -> None:
        """Tell health watchers that the server's state may have changed."""
    @property
    def passage_descriptor(self) -> int:
        """Readable while requests wait for :meth:`next_request`. Not the caller's to close."""
    def next_request(self, timeout_s: float) -> PassedRequest | None:
        """Return the next request for others; ``None`` after the timeout and when the front has stopped."""
    def stop(self, grace_s: float) -> None:
        """Refuse new calls; running ones get that time."""
