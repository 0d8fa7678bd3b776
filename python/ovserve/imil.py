"""Model loaders of the Infosys Model Inference Library in this process, for notebooks and scripts.

The loader's code runs here, as it does in that library: it may hang or end the process. Servers run loaders
in workers.
"""

import importlib
import json
import os
import sys
import threading
from collections.abc import Mapping
from typing import Any

from ovserve.config.json_document import JsonObject, parse_json
from ovserve.config.load import read_configuration
from ovserve.config.mil_config import is_mil_config
from ovserve.config.model_loader_names import model_names, named_loader
from ovserve.config.paths import directory_of
from ovserve.errors import ConfigurationError, InvalidArgumentError, NotFoundError
from ovserve.services.environment import WORKER_SIDE

__all__ = ["Executor", "executeModel"]

DEFAULT_CONFIG = "mil_config.json"


class Executor:
    """The loaders of one configuration, each made when it is first asked. Thread-safe; one request at a time.

    Args:
        config_path: of a ``mil_config.json``.

    Raises:
        UnreadableFileError, BrokenJsonError: the file cannot be read, or is not JSON.
        ConfigurationError: it has no section ModelExecutor.
    """

    def __init__(self, config_path: str | os.PathLike[str] = DEFAULT_CONFIG) -> None:
        path = os.fspath(config_path)
        document = parse_json(read_configuration(path), path)
        if not is_mil_config(document):
            raise ConfigurationError(f"{path}: it has no section ModelExecutor")
        self._document: JsonObject = document
        self._directory = directory_of(path)
        self._loaders: dict[str, tuple[Any, str]] = {}  # guarded by _lock: loader and its method
        self._lock = threading.Lock()

    def predict(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a request, by the loader of its ``Model``.

        Members that the loader can do without may be left out. The request stays as it is.

        Raises:
            InvalidArgumentError: ``Model`` is missing.
            NotFoundError: the configuration has no such model.
            ConfigurationError: its loader is not where the configuration says.
            Exception: whatever the loader raises, as it is.
        """
        name = request.get("Model")
        if not isinstance(name, str) or not name:
            raise InvalidArgumentError("the request lacks Model, the name of a model of the configuration")
        with self._lock:
            loader, method = self._loader(name)
            answer: dict[str, Any] = getattr(loader, method)(json.loads(json.dumps(request)))
            return answer

    def execute(self, json_text: str) -> str:
        """Return the answer to a request, both as JSON text.

        Raises:
            InvalidArgumentError: the text is no JSON object.
            Exception: as :meth:`predict`.
        """
        try:
            request = json.loads(json_text)
        except (ValueError, RecursionError) as error:
            raise InvalidArgumentError(f"the request is no JSON: {error}") from None
        if not isinstance(request, dict):
            raise InvalidArgumentError("the request must be a JSON object")
        return json.dumps(self.predict(request))

    def _loader(self, name: str) -> tuple[Any, str]:
        if name not in self._loaders:
            known = model_names(self._document)
            if name not in known:
                raise NotFoundError(f'model "{name}" is not configured; known: {", ".join(known) or "none"}')
            entry = named_loader(self._document, self._directory, name)
            loaded = getattr(sys.modules.get(entry.module), "__file__", None)
            if loaded is not None and not loaded.startswith(entry.search_path + os.sep):
                raise ConfigurationError(
                    f"module {entry.module} of {entry.search_path} cannot be imported: this process has one"
                    f" of that name from {loaded}; use another process"
                )
            if str(WORKER_SIDE) not in sys.path:
                sys.path.append(str(WORKER_SIDE))  # last: what is installed under these names wins
            worker_side = importlib.import_module("ovserve_worker.loader_entry_point")
            wanted = worker_side.LoaderDescription(
                entry.module, entry.class_name, entry.method, entry.section, entry.config, entry.search_path
            )
            self._loaders[name] = worker_side.load_loader(wanted), entry.method
        return self._loaders[name]


_executors: dict[str, Executor] = {}
_executors_lock = threading.Lock()


def executeModel(json_text: str, config_path: str | os.PathLike[str] = DEFAULT_CONFIG) -> str:
    """Return the answer to a request, both as JSON text; named as in the library.

    Args:
        json_text: the request; its ``Model`` names a section of the configuration.
        config_path: of the configuration, which is read once.

    Raises:
        Exception: as :class:`Executor` and :meth:`Executor.execute`.
    """
    key = os.path.abspath(config_path)
    with _executors_lock:
        executor = _executors.get(key)
        if executor is None:
            executor = _executors[key] = Executor(key)
    return executor.execute(json_text)
