"""Flags, ``config.properties`` and the environment to :class:`ServiceOptions`."""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ovserve.config.schema import CorsRules, ServerOptions
from ovserve.config.service_flags import CONFIG_FILE_VARIABLE, serves_a_store
from ovserve.config.service_schema import ServiceFlags
from ovserve.errors import ConfigurationError
from ovserve.ts_config.addresses import is_loopback
from ovserve.ts_config.keys import KEYS
from ovserve.ts_config.listeners import with_listeners
from ovserve.ts_config.load_models import ToLoad, to_load
from ovserve.ts_config.options import ServiceOptions, SnapshotOptions
from ovserve.ts_config.read_file import FileValues, read_file

SAGEMAKER_STORE = "/opt/ml/model"
USUAL_FILE = "config.properties"
NOBODY = CorsRules(origins=frozenset())


def service_options(flags: ServiceFlags, environment: Mapping[str, str]) -> ServiceOptions:
    """Return how services run: flags win over variables, these over the file, this over the defaults.

    Args:
        flags: of the command line.
        environment: variables of the process.

    Raises:
        UnreadableFileError: the file is missing or cannot be read.
        ConfigurationError: something cannot be honoured; the message names the key or flag.
    """
    store = serves_a_store(flags, environment)
    path, warnings = _file(flags, environment, store)
    file = read_file(path, environment) if path is not None else FileValues()
    options = replace(_of_file(file.values), entries=file.entries, warnings=(*warnings, *file.warnings))
    options = _with_flags(options, flags, store)
    options = _with_models(options, flags, file.values)
    options = with_listeners(options, flags, file.values)
    _check(options, store)
    return replace(options, warnings=(*options.warnings, *_remarks(options, store)))


def with_services(options: ServerOptions, services: ServiceOptions) -> ServerOptions:
    """Return a server's options with ports and rules for web pages as its services have them.

    Args:
        options: as the command line gave them, with the flags of services.
        services: made from the same flags.

    Raises:
        ConfigurationError: nothing would listen.
    """
    flags = options.services
    if flags is None or services.model_store is None:
        return options
    inference, grpc = services.inference, services.grpc_inference
    if inference is None and grpc is None:
        raise ConfigurationError(
            "nothing would listen: give --rest_port, or inference_address in config.properties"
        )
    return replace(
        options,
        port=grpc.port if grpc else None,
        grpc_bind_address=grpc.host if grpc else options.grpc_bind_address,
        rest_port=inference.port if inference else None,
        rest_bind_address=inference.host if inference else options.rest_bind_address,
        cors=options.cors if flags.cors_given else services.cors or NOBODY,
    )


def _file(
    flags: ServiceFlags, environment: Mapping[str, str], store: bool
) -> tuple[str | None, tuple[str, ...]]:
    """Return the file to read, and what is to be said about others."""
    of_variable = environment.get(CONFIG_FILE_VARIABLE)
    if flags.ts_config is not None:
        if of_variable and os.path.realpath(of_variable) != os.path.realpath(flags.ts_config):
            return flags.ts_config, (f"{CONFIG_FILE_VARIABLE}={of_variable} has no effect: --ts_config wins",)
        return flags.ts_config, ()
    if of_variable:
        return os.path.join(os.getcwd(), of_variable), ()
    if store and os.path.isfile(USUAL_FILE):
        return None, (f"{USUAL_FILE} in the working directory is not read; give --ts_config {USUAL_FILE}",)
    return None, ()


def _of_file(values: Mapping[str, Any]) -> ServiceOptions:
    options = ServiceOptions(cors=_cors(values))
    for key in KEYS:
        if key.field and key.name in values:
            options = _with_field(options, key.field, values[key.name])
    return options


def _with_field(options: ServiceOptions, field: str, value: Any) -> ServiceOptions:
    outer, dot, inner = field.partition(".")
    if dot:
        value = replace(getattr(options, outer), **{inner: value})
    changes: dict[str, Any] = {outer: value}
    return replace(options, **changes)


def _cors(values: Mapping[str, Any]) -> CorsRules | None:
    """Return the rules for web pages; without an origin there are none.

    What is not said is what browsers do without asking, as TorchServe's answers leave it.
    """
    if "cors_allowed_origin" not in values:
        return None
    return CorsRules(
        origins=values["cors_allowed_origin"],
        methods=values.get("cors_allowed_methods", ("GET", "HEAD", "POST")),
        headers=values.get("cors_allowed_headers", frozenset()),
    )


def _with_flags(options: ServiceOptions, flags: ServiceFlags, store: bool) -> ServiceOptions:
    token_auth = options.token_auth if flags.disable_token_auth is None else not flags.disable_token_auth
    return replace(
        options,
        model_store=flags.model_store
        or options.model_store
        or (SAGEMAKER_STORE if flags.sagemaker else None),
        # SageMaker's callers have no tokens, and servers of models alone ask for none.
        token_auth=token_auth and store and not flags.sagemaker,
        enable_model_api=_chosen(flags.enable_model_api, options.enable_model_api),
        require_signed_archives=_chosen(flags.require_signed_archives, options.require_signed_archives),
        trusted_keys=flags.trusted_keys or options.trusted_keys,
        snapshots=SnapshotOptions() if flags.no_snapshots else options.snapshots,
        watch=flags.watch,
        sagemaker=flags.sagemaker,
    )


def _chosen(flag: bool | None, of_file: bool) -> bool:
    return of_file if flag is None else flag


def _with_models(options: ServiceOptions, flags: ServiceFlags, values: Mapping[str, Any]) -> ServiceOptions:
    """Add what is loaded: what ``--models`` says, else a snapshot, else what ``load_models`` says."""
    chosen: ToLoad = values.get("load_models", ToLoad(all=flags.sagemaker))
    restore = values["model_snapshot"].models if "model_snapshot" in values else None
    snapshots, warnings = options.snapshots, options.warnings
    if flags.models is not None:
        chosen = to_load(flags.models, "--models")
        if restore is not None or snapshots.restore:
            warnings = (*warnings, "the snapshot is not restored: --models wins")
            restore, snapshots = None, replace(snapshots, restore=False)
    return replace(
        options,
        load=chosen.archives,
        load_all=chosen.all,
        models=values["models"].models if "models" in values else (),
        restore=restore,
        snapshots=snapshots,
        warnings=warnings,
    )


def _remarks(options: ServiceOptions, store: bool) -> tuple[str, ...]:
    """Say what is allowed and perhaps not meant."""
    listener = options.inference
    open_to_all = listener is not None and not is_loopback(listener.host) and not options.token_auth
    if listener is None or not open_to_all or not store or options.sagemaker:
        return ()
    return (f"others can reach the services at {listener.host}:{listener.port}, and no tokens are asked for",)


def _check(options: ServiceOptions, store: bool) -> None:
    if store and options.model_store is None:
        raise ConfigurationError("model_store is missing: give --model_store, the directory of archives")
    if options.model_store is not None and not os.path.isdir(options.model_store):
        raise ConfigurationError(f"model_store: {options.model_store} is no directory")
    if options.require_signed_archives and options.trusted_keys is None:
        raise ConfigurationError("require_signed_archives needs trusted_keys: whose signatures count")
    if options.snapshots.restore and options.snapshots.directory is None:
        raise ConfigurationError("restore_snapshot needs snapshot_directory")
    if options.sagemaker and len(options.load) > 1:
        raise ConfigurationError(f"--sagemaker serves one model, not {len(options.load)}")
