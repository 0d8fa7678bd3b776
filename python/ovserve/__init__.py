"""A model server for OpenVINO with custom loaders, for users of OpenVINO Model Server.

As a program: ``ovserve --config_path config.json --port 9000``. From Python::

    import ovserve

    with ovserve.Server("config.json") as server:
        outputs = server.infer("digits", {"image": pixels})

Importing this package is cheap: the native core, OpenVINO and gRPC are loaded when they are first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

from ovserve._openvino_library import load_from_elsewhere as _load_openvino_from_elsewhere
from ovserve.errors import (
    AlreadyExistsError,
    CancelledError,
    ConfigurationError,
    DeadlineExceededError,
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    ModelBlacklistedError,
    NotFoundError,
    OvserveError,
    ResourceExhaustedError,
    UnavailableError,
    UnimplementedError,
)

if TYPE_CHECKING:
    from ovserve._core import TensorInfo, VersionStatus
    from ovserve.loaders.custom_loader import BlacklistStatus, CustomLoader, ModelBuffers
    from ovserve.loaders.library import LoadedModel, Loader, LoaderLibrary
    from ovserve.polling.poller import PassFailure, PassReport
    from ovserve.server import ModelMetadata, Server

    __version__: str

__all__ = [
    "AlreadyExistsError",
    "BlacklistStatus",
    "CancelledError",
    "ConfigurationError",
    "CustomLoader",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "LoadedModel",
    "Loader",
    "LoaderLibrary",
    "ModelBlacklistedError",
    "ModelBuffers",
    "ModelMetadata",
    "NotFoundError",
    "OvserveError",
    "PassFailure",
    "PassReport",
    "ResourceExhaustedError",
    "Server",
    "TensorInfo",
    "UnavailableError",
    "UnimplementedError",
    "VersionStatus",
    "__version__",
]

_DEFINED_IN = {
    "BlacklistStatus": "ovserve.loaders.custom_loader",
    "CustomLoader": "ovserve.loaders.custom_loader",
    "LoadedModel": "ovserve.loaders.library",
    "Loader": "ovserve.loaders.library",
    "LoaderLibrary": "ovserve.loaders.library",
    "ModelBuffers": "ovserve.loaders.custom_loader",
    "ModelMetadata": "ovserve.server",
    "PassFailure": "ovserve.polling.poller",
    "PassReport": "ovserve.polling.poller",
    "Server": "ovserve.server",
    "TensorInfo": "ovserve._core",
    "VersionStatus": "ovserve._core",
    "__version__": "ovserve._core",
}

_load_openvino_from_elsewhere()


def __getattr__(name: str) -> Any:
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_DEFINED_IN[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
