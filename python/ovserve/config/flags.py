"""Every command-line flag: what it is for, what it takes, and which ones are not offered.

The help text, the parser and the checks all read this one table.
"""

import os
from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What a flag's value is."""

    TEXT = auto()
    INTEGER = auto()
    SECONDS = auto()  # a number, fractions allowed
    SWITCH = auto()  # may stand alone


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag, without its leading dashes.

    ``default`` is what the help shows. ``not_offered`` says why a flag known from OpenVINO Model Server
    is refused. ``single_model``: describes the one model of the command line.
    """

    name: str
    kind: Kind = Kind.TEXT
    help: str = ""
    default: str = ""
    low: float = 0
    high: float = 2**31 - 1
    choices: tuple[str, ...] = ()
    single_model: bool = False
    not_offered: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Flags that the help lists under one heading."""

    heading: str
    flags: tuple[Flag, ...]


CORES = os.cpu_count() or 1
DEFAULT_REST_WORKERS = max(4 * CORES, 2)
DEFAULT_PORT = 9178
LARGEST_PORT = 65535
LONGEST_WAIT_S = 86_400
LOG_LEVELS = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR")


def _model(name: str, help_text: str, default: str = "", kind: Kind = Kind.TEXT) -> Flag:
    return Flag(name, kind, help_text, default, high=2**32 - 1, single_model=True)


def _refused(reason: str, *names: str) -> tuple[Flag, ...]:
    return tuple(Flag(name, not_offered=reason) for name in names)


GROUPS = (
    Group(
        "General",
        (
            Flag("help", Kind.SWITCH, "show this text (also -h)"),
            Flag("version", Kind.SWITCH, "show the versions of ovserve and of OpenVINO"),
        ),
    ),
    Group(
        "What to serve: a configuration file, or one model",
        (
            Flag("config_path", help="configuration file with models and custom loaders"),
            _model("model_name", "name of the one model; needs --model_path"),
            _model("model_path", "directory with version directories, or one model file"),
            _model("batch_size", 'number, "auto", "-1" (any) or "min:max"', "the model's own"),
            _model("shape", '"(1,3,-1,64:128)" or "auto", or a JSON object by input', "the model's own"),
            _model("layout", '"NHWC:NCHW": transpose the model\'s NCHW; or a JSON object by tensor'),
            _model("mean", 'subtracted from the input: a number, or "[1.5,2,3]" by channel'),
            _model("scale", "what the input is divided by, like --mean"),
            _model("color_format", '"BGR:RGB": clients send BGR, the model takes RGB'),
            _model("precision", "type that clients send, like uint8", "the model's own"),
            _model("nireq", "number of infer requests", "0 (what suits the device)", Kind.INTEGER),
            _model("target_device", "device that runs the model", "CPU"),
            _model("plugin_config", "device properties as a JSON object"),
            _model(
                "model_version_policy", "versions to serve as a JSON object", '{"latest":{"num_versions":1}}'
            ),
        ),
    ),
    Group(
        "Server",
        (
            Flag("port", Kind.INTEGER, "gRPC port; 0: no gRPC", str(DEFAULT_PORT), high=LARGEST_PORT),
            Flag("rest_port", Kind.INTEGER, "REST port; 0: no REST", "0", high=LARGEST_PORT),
            Flag("grpc_bind_address", help="address that gRPC listens on", default="0.0.0.0"),
            Flag("rest_bind_address", help="address that REST listens on", default="0.0.0.0"),
            Flag("rest_workers", Kind.INTEGER, "REST threads, 2 to 10000", "chosen", low=2, high=10_000),
            Flag("grpc_max_threads", Kind.INTEGER, "gRPC threads, 1 to 10000", "chosen", low=1, high=10_000),
            Flag("grpc_channel_arguments", help="gRPC server arguments: key=value,key=value"),
            Flag(
                "max_image_pixels",
                Kind.INTEGER,
                "most pixels of an encoded image; ten times as many per request",
                "100000000",
                low=1,
            ),
            Flag("cache_dir", help="directory for compiled file models", default="/opt/cache if it exists"),
            Flag("drain_seconds", Kind.SECONDS, "what running work gets at stop", "30", high=LONGEST_WAIT_S),
            Flag(
                "load_wait_seconds",
                Kind.SECONDS,
                "how long a request waits for a version that is loading",
                "10",
                high=LONGEST_WAIT_S,
            ),
        ),
    ),
    Group(
        "Metrics for Prometheus, at /metrics of the REST port",
        (
            Flag("metrics_enable", Kind.SWITCH, "show metrics; needs --rest_port", "false"),
            Flag(
                "metrics_list", help="which ones: name,name; needs --metrics_enable", default="a usual choice"
            ),
        ),
    ),
    Group(
        "Watching for changes",
        (
            Flag(
                "file_system_poll_wait_seconds",
                Kind.SECONDS,
                "period for configuration, versions and blacklist; 0: not watched",
                "1",
                high=LONGEST_WAIT_S,
            ),
        ),
    ),
    Group(
        "Logging",
        (
            Flag("log_level", help=", ".join(LOG_LEVELS), default="INFO", choices=LOG_LEVELS),
            Flag("log_path", help="file that gets the log too"),
        ),
    ),
    Group(
        "Custom loaders and their authors",
        (
            Flag("includes", Kind.SWITCH, "show the compiler flags for building a custom loader"),
            Flag(
                "loader_call_deadline_seconds",
                Kind.SECONDS,
                "a call into a loader that takes longer is reported",
                "60",
                high=LONGEST_WAIT_S,
            ),
            Flag(
                "blacklist_deadline_seconds",
                Kind.SECONDS,
                "the same for a loader's blacklist question",
                "5",
                high=LONGEST_WAIT_S,
            ),
        ),
    ),
    Group(
        "Accepted and checked, without effect",
        (
            Flag("grpc_workers", Kind.INTEGER, "one gRPC server uses all cores", "1", low=1, high=CORES),
            Flag("grpc_memory_quota", Kind.INTEGER, "memory is not limited", "2147483648", high=2**63 - 1),
            Flag(
                "sequence_cleaner_poll_wait_minutes",
                Kind.INTEGER,
                "there are no stateful models to clean up after",
                "5",
                high=2**32 - 1,
            ),
            Flag(
                "custom_node_resources_cleaner_interval",
                Kind.INTEGER,
                "there are no custom nodes to clean up after",
                "1",
                high=2**32 - 1,
            ),
            Flag(
                "custom_node_resources_cleaner_interval_seconds",
                Kind.INTEGER,
                "the same under its later name",
                "300",
                high=2**32 - 1,
            ),
        ),
    ),
)

NOT_OFFERED = (
    *_refused("CPU extension libraries are not offered yet", "cpu_extension"),
    *_refused(
        "cross-origin rules are not offered yet",
        "allowed_origins",
        "allowed_methods",
        "allowed_headers",
        "allow_credentials",
    ),
    *_refused(
        "stateful models are not offered",
        "stateful",
        "idle_sequence_cleanup",
        "low_latency_transformation",
        "max_sequence_number",
    ),
    *_refused(
        "editing the configuration from the command line is not offered; edit the file",
        "list_models",
        "add_to_config",
        "remove_from_config",
        "model_repository_path",
    ),
    *_refused(
        "a custom loader needs a configuration file; see --config_path",
        "custom_loader_options",
        "allow_cache",
    ),
    *_refused("tracing is not offered", "trace_path"),
    *_refused(
        "generative models are beyond what ovserve serves",
        "api_key_file",
        "allowed_local_media_path",
        "allowed_media_domains",
        "verbose_response",
        "pull",
        "source_model",
        "task",
        "overwrite_models",
        "gguf_filename",
        "weight-format",
        "extra_quantization_params",
        "tool_parser",
        "reasoning_parser",
        "enable_tool_guided_generation",
        "pipeline_type",
        "kv_cache_precision",
        "draft_source_model",
        "max_num_seqs",
        "max_num_batched_tokens",
        "enable_prefix_caching",
        "dynamic_split_fuse",
        "max_prompt_len",
    ),
)

FLAGS: dict[str, Flag] = {
    flag.name: flag for flag in (*(flag for group in GROUPS for flag in group.flags), *NOT_OFFERED)
}
