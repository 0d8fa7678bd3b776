"""Every key of ``config.properties`` that is known, and what becomes of it.

Source: the configuration classes and documents of TorchServe 0.12 and Multi Model Server 1.1.
"""

from ovserve.config.cors import parse_header_names, parse_methods, parse_origins
from ovserve.config.service_entry import ENVELOPES
from ovserve.ts_config.addresses import parse_address, parse_host
from ovserve.ts_config.key import TsKey
from ovserve.ts_config.keys_without_effect import WITHOUT_EFFECT
from ovserve.ts_config.load_models import parse_load_models
from ovserve.ts_config.models_json import parse_model_snapshot, parse_models
from ovserve.ts_config.values import (
    boolean,
    integer,
    negated,
    number_or_none,
    one_of,
    path,
    pattern,
    patterns,
    plain_text,
    time_s,
)

_PORT = integer(1, 65_535)
_SIZE = integer(1)
_FILE_SIZE = integer(1, 2**50)

_LISTENERS = (
    TsKey("inference_address", parse_address, "inference"),
    TsKey("management_address", parse_address, "management"),
    TsKey("metrics_address", parse_address, "metrics"),
    TsKey("grpc_inference_address", parse_host),
    TsKey("grpc_inference_port", _PORT),
    TsKey("grpc_management_address", parse_host),
    TsKey("grpc_management_port", _PORT),
    TsKey("private_key_file", path, security=True),
    TsKey("certificate_file", path, security=True),
    TsKey("cors_allowed_origin", parse_origins, security=True),
    TsKey("cors_allowed_methods", parse_methods, security=True),
    TsKey("cors_allowed_headers", parse_header_names, security=True),
)

_MODELS = (
    TsKey("model_store", path, "model_store"),
    TsKey("load_models", parse_load_models),
    TsKey("models", parse_models),
    TsKey("model_snapshot", parse_model_snapshot),
    TsKey("default_service_handler", plain_text, "default_handler"),
    TsKey("service_envelope", one_of(*ENVELOPES), "envelope"),
    TsKey("default_workers_per_model", number_or_none, "default_workers"),
    TsKey("number_of_gpu", integer(), "gpu_count"),
    TsKey("limit_max_image_pixels", boolean, "limit_max_image_pixels"),
    TsKey("decode_input_request", boolean, "decode_requests"),
)

_LIMITS = (
    TsKey("default_response_timeout", time_s(), "default_response_timeout_s"),
    # Multi Model Server's, of which the one before is in minutes; here both are seconds and this one wins.
    TsKey("default_response_timeout_seconds", time_s(), "default_response_timeout_s"),
    TsKey("default_startup_timeout", time_s(), "default_startup_timeout_s"),
    TsKey("unregister_model_timeout", time_s(), "unregister_timeout_s"),
    TsKey("job_queue_size", _SIZE, "queue_size"),
    TsKey("max_request_size", _SIZE, "max_request_bytes"),
    TsKey("max_response_size", _SIZE, "max_response_bytes"),
)

_SECURITY = (
    TsKey("enable_envvars_config", boolean, security=True),
    TsKey("disable_token_authorization", negated, "token_auth", security=True),
    TsKey("token_expiration_min", time_s(60.0), "token_expiration_s", security=True),
    TsKey("enable_model_api", boolean, "enable_model_api", security=True),
    TsKey("allowed_urls", patterns, "remote_archives.allowed_urls", security=True),
    TsKey("blacklist_env_vars", pattern, "environment_blocked", security=True),
    TsKey("install_py_dep_per_model", boolean, "install_requirements", security=True),
)

_METRICS = (
    TsKey("enable_metrics_api", boolean, "metrics_api"),
    TsKey("disable_system_metrics", negated, "system_metrics"),
)

_OWN = (
    TsKey("max_archive_size", _FILE_SIZE, "remote_archives.largest_bytes", security=True, own=True),
    TsKey("archive_download_timeout", time_s(), "remote_archives.timeout_s", own=True),
    TsKey("require_signed_archives", boolean, "require_signed_archives", security=True, own=True),
    TsKey("trusted_keys", path, "trusted_keys", security=True, own=True),
    TsKey("install_py_dep_timeout", time_s(), "pip.timeout_s", own=True),
    TsKey("install_py_dep_require_hashes", boolean, "pip.require_hashes", security=True, own=True),
    TsKey("install_py_dep_no_index", boolean, "pip.no_index", security=True, own=True),
    TsKey("snapshot_directory", path, "snapshots.directory", own=True),
    TsKey("restore_snapshot", boolean, "snapshots.restore", own=True),
)

KEYS = (*_LISTENERS, *_MODELS, *_LIMITS, *_SECURITY, *_METRICS, *_OWN, *WITHOUT_EFFECT)

BY_NAME: dict[str, TsKey] = {key.name: key for key in KEYS}
