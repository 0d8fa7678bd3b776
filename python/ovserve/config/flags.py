"""Every command-line flag: what it is for, what it takes, and which ones are not offered.

The help text, the parser and the checks all read this one table.
"""

import os

from ovserve.config.flag import Flag, Group, Kind
from ovserve.config.flags_not_offered import NOT_OFFERED
from ovserve.config.flags_services import SERVICE_GROUPS, SERVICES_NOT_OFFERED, SERVICES_WITHOUT_EFFECT

MODEL_REPOSITORY_VARIABLE = "OVMS_MODEL_REPOSITORY_PATH"
CORES = os.cpu_count() or 1
DEFAULT_REST_WORKERS = max(4 * CORES, 2)
DEFAULT_PORT = 9178
LARGEST_PORT = 65535
LONGEST_WAIT_S = 86_400
_ADDRESSES = "0.0.0.0; with services 127.0.0.1"
LOG_LEVELS = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR")


def _model(name: str, help_text: str, default: str = "", kind: Kind = Kind.TEXT) -> Flag:
    return Flag(name, kind, help_text, default, high=2**32 - 1, single_model=True)


def _ignored(name: str, reason: str, default: str, low: float = 0, high: float = 2**32 - 1) -> Flag:
    return Flag(name, Kind.INTEGER, reason, default, low, high, no_effect=reason)


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
            _model(
                "precision", '"uint8:fp32": clients send uint8, mean and scale compute in fp32', "the model's"
            ),
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
            Flag(
                "grpc_bind_address",
                help="addresses or host names: ADDRESS,ADDRESS",
                default=_ADDRESSES,
            ),
            Flag("rest_bind_address", help="the same for REST", default=_ADDRESSES),
            Flag("rest_workers", Kind.INTEGER, "REST threads, 2 to 10000", "chosen", low=2, high=10_000),
            Flag("grpc_max_threads", Kind.INTEGER, "gRPC threads, 1 to 10000", "chosen", low=1, high=10_000),
            Flag(
                "grpc_frontend",
                help="what speaks gRPC and REST: native, grpcio or auto",
                default="auto",
                choices=("grpcio", "native", "auto"),
            ),
            Flag("shared_port", Kind.SWITCH, "REST at --port too; not with grpcio", "false"),
            Flag("grpc_channel_arguments", help="gRPC server arguments: key=value,key=value"),
            Flag("cpu_extension", help="library with custom operations that models use"),
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
        "Encryption (TLS) of both ports; not with grpcio",
        (
            Flag("tls_certificate", help="the server's certificate and those that lead to an authority, PEM"),
            Flag("tls_key", help="its private key, PEM, without a pass phrase"),
            Flag("tls_client_ca", help="authorities of which clients must show a certificate, PEM"),
        ),
    ),
    Group(
        "Limits",
        (
            Flag(
                "max_message_bytes",
                Kind.INTEGER,
                "one gRPC message, in either direction",
                "1073741824",
                low=1,
            ),
            Flag(
                "max_body_bytes",
                Kind.INTEGER,
                "the body of one REST request",
                "1073741824",
                low=1,
                high=2**40,
            ),
            Flag("max_json_depth", Kind.INTEGER, "nesting of JSON in a request", "32", low=1, high=1000),
            Flag(
                "max_header_bytes",
                Kind.INTEGER,
                "the head of a REST request, the metadata of a gRPC call",
                "65536",
                low=1024,
                high=2**24,
            ),
            Flag(
                "max_header_count",
                Kind.INTEGER,
                "header fields of a REST request, natively also of a gRPC call",
                "100",
                low=8,
                high=10_000,
            ),
            Flag("max_connections", Kind.INTEGER, "connections to one port", "chosen", low=1, high=1_000_000),
            Flag(
                "idle_timeout_seconds",
                Kind.SECONDS,
                "how long a connection may wait for its next request",
                "75, gRPC 3600",
                low=1,
                high=LONGEST_WAIT_S,
            ),
            Flag(
                "transfer_timeout_seconds",
                Kind.SECONDS,
                "how long a client may pause in a request or reply",
                "60",
                low=1,
                high=LONGEST_WAIT_S,
            ),
        ),
    ),
    *SERVICE_GROUPS,
    Group(
        "Web pages of other origins (CORS)",
        (
            Flag(
                "allowed_origins",
                help="which pages may use the REST API: origin,origin",
                default="*; with services none",
            ),
            Flag("allowed_methods", help="by which methods: GET,POST", default="*"),
            Flag("allowed_headers", help="with which headers: name,name", default="*"),
            Flag("allow_credentials", Kind.SWITCH, "pages may send cookies and HTTP authentication", "false"),
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
            Flag(
                "access_log",
                help="file that gets a line for each request that Python answers; -: standard output",
            ),
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
        "Editing a configuration file; the server is not started",
        (
            Flag("list_models", Kind.SWITCH, "show the models below --model_repository_path"),
            Flag(
                "add_to_config",
                Kind.COMMAND,
                "add --model_name; its path is --model_path or in the repository",
            ),
            Flag("remove_from_config", Kind.COMMAND, "remove --model_name from --config_path"),
            Flag(
                "model_repository_path", help="directory of models", default=f"${MODEL_REPOSITORY_VARIABLE}"
            ),
        ),
    ),
    Group(
        "Accepted and checked, without effect",
        (
            _ignored("grpc_workers", "one gRPC server uses all cores", "1", 1, CORES),
            _ignored("grpc_memory_quota", "memory is not limited", "2147483648", high=2**63 - 1),
            _ignored("sequence_cleaner_poll_wait_minutes", "there are no sequences of stateful models", "5"),
            _ignored("custom_node_resources_cleaner_interval", "there are no custom nodes", "1"),
            _ignored("custom_node_resources_cleaner_interval_seconds", "there are no custom nodes", "300"),
            *SERVICES_WITHOUT_EFFECT,
        ),
    ),
)

REFUSED = (*NOT_OFFERED, *SERVICES_NOT_OFFERED)

FLAGS: dict[str, Flag] = {
    flag.name: flag for flag in (*(flag for group in GROUPS for flag in group.flags), *REFUSED)
}
