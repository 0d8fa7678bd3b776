"""Flags for custom services: those of TorchServe and Multi Model Server, and some of our own."""

from ovserve.config.flag import Flag, Group, Kind

_LARGEST_PORT = 65535

SERVICE_GROUPS = (
    Group(
        "Custom services: what to serve, alone or beside the models",
        (
            Flag("model_store", help="directory of model archives (.mar) and unpacked services"),
            Flag("models", Kind.LIST, "archives to load: [name=]archive,... or several, or ALL"),
            Flag("ts_config", help="TorchServe's config.properties; a flag wins over it"),
            Flag("watch", Kind.SWITCH, "reload a service when its folder in the store changes", "false"),
            Flag("sagemaker", Kind.SWITCH, "one model on port 8080 at /ping and /invocations", "false"),
        ),
    ),
    Group(
        "Custom services: ports and who may do what",
        (
            Flag("management_port", Kind.INTEGER, "management of services; 0: none", "0", high=_LARGEST_PORT),
            Flag(
                "management_bind_address",
                help="addresses for it; public: with tokens",
                default="127.0.0.1",
            ),
            Flag(
                "metrics_port",
                Kind.INTEGER,
                "metrics on a port of their own; 0: none",
                "0",
                high=_LARGEST_PORT,
            ),
            Flag("metrics_bind_address", help="addresses for it", default="127.0.0.1"),
            Flag("disable_token_auth", Kind.SWITCH, "requests to services need no tokens", "false"),
            Flag("enable_model_api", Kind.SWITCH, "services may be registered and removed", "false"),
            Flag("require_signed_archives", Kind.SWITCH, "archives must carry a valid signature", "false"),
            Flag("trusted_keys", help="file with the public keys whose signatures count"),
            Flag("ncs", Kind.SWITCH, "write no snapshots, whatever --ts_config says", "false"),
            Flag("stop", Kind.SWITCH, "end the server that runs in this directory"),
        ),
    ),
)

_LOGS = "log files are set up with --log_level and --log_path"

SERVICES_WITHOUT_EFFECT = (
    *(
        Flag(name, Kind.SWITCH, reason, no_effect=reason)
        for name, reason in {
            "start": "the server starts unless it is told to stop",
            "foreground": "the server always runs in the foreground",
        }.items()
    ),
    *(
        Flag(name, help=reason, no_effect=reason)
        for name, reason in {
            "log_config": _LOGS,
            "cpp_log_config": _LOGS,
        }.items()
    ),
)

SERVICES_NOT_OFFERED = (
    Flag("workflow_store", not_offered="workflows are not offered; serve their models one by one"),
    Flag("plugins_path", not_offered="plug-ins in Java are not offered"),
)

ALIASES = {
    "-v": "--version",
    "--dt": "--disable_token_auth",
    "--mms_config": "--ts_config",
    "--no_config_snapshots": "--ncs",
    "--ppath": "--plugins_path",
}
"""Other spellings of flags, with ``_`` for ``-`` within them."""
