"""Keys of ``config.properties`` that are known and change nothing here, with the reason."""

from ovserve.ts_config.key import TsKey


def _ignored(reason: str, *names: str, harmless: tuple[str, ...] = ()) -> tuple[TsKey, ...]:
    return tuple(TsKey(name, reason=reason, harmless=harmless) for name in names)


_FALSE = ("false",)
_TRUE = ("true",)

WITHOUT_EFFECT = (
    *_ignored(
        "stores of Java keys are not read; write private_key_file and certificate_file with PEM files",
        "keystore",
        "keystore_pass",
        "keystore_type",
    ),
    *_ignored("allowed_urls is never read from the environment", "use_env_allowed_urls", harmless=_FALSE),
    *_ignored(
        "network threads are few and never wait; see --rest_workers",
        "number_of_netty_threads",
        "netty_client_threads",
        harmless=("0",),
    ),
    *_ignored("there is no Java here", "vmargs", "prefer_direct_buffer", "io_ratio", "async_logging"),
    *_ignored("plug-ins in Java are not offered", "plugins_path"),
    *_ignored("workers are reached by private sockets without names", "initial_worker_port"),
    *_ignored("workers are always reached by private sockets", "use_native_io", harmless=_TRUE),
    *_ignored(
        "models are loaded in each worker, never before it is forked", "preload_model", harmless=_FALSE
    ),
    *_ignored(
        "OpenVINO places its threads itself",
        "cpu_launcher_enable",
        "cpu_launcher_args",
        "ipex_enable",
        "ipex_gpu_enable",
        harmless=_FALSE,
    ),
    *_ignored(
        "metrics are always offered in Prometheus form at /metrics",
        "metrics_mode",
        "metrics_format",
        harmless=("prometheus",),
    ),
    *_ignored("all metrics are exported, listed or not", "metrics_config"),
    *_ignored("metrics of handlers are always found", "model_metrics_auto_detect", harmless=_TRUE),
    *_ignored("metrics are collected when they are asked for", "metric_time_interval", "system_metrics_cmd"),
    *_ignored("workflows are not offered", "workflow_store"),
    *_ignored("KServe's protocols are always offered", "ts_open_inference_protocol"),
    *_ignored(
        "stateful models are not offered",
        "ts_header_key_sequence_id",
        "ts_header_key_sequence_start",
        "ts_header_key_sequence_end",
    ),
    *_ignored(
        "see --idle_timeout_seconds and --grpc_channel_arguments",
        "grpc_inference_max_connection_age_ms",
        "grpc_inference_max_connection_age_grace_ms",
        "grpc_management_max_connection_age_ms",
        "grpc_management_max_connection_age_grace_ms",
    ),
    *_ignored("see default_workers_per_model", "NUM_WORKERS"),
    *_ignored("see --log_level", "debug", "netty_debug", harmless=_FALSE),
    *_ignored("snapshots are files; see snapshot_directory", "snapshot_store", harmless=("fs",)),
    # Written by TorchServe into its snapshots, which may be given as --ts_config.
    *_ignored("the server knows it", "model_server_home", "version", "tsConfigFile"),
)
