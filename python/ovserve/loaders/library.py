"""Drive a custom loader directly, the way the server would."""

import json
import os
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from ovserve._core import CustomLoader, LoadedBuffers, LoaderConfig, create_custom_loader
from ovserve.config.loader_path import loader_path_problem, resolve_loader_path
from ovserve.errors import InvalidArgumentError


class LoadedModel:
    """What a loader handed over for one model version.

    The memory belongs to the loader's result and lives as long as this object or any view of it, also
    beyond the loader's own end.
    """

    def __init__(self, buffers: LoadedBuffers) -> None:
        self._buffers = buffers

    @property
    def kind(self) -> str:
        """What ``model`` holds: ``"IR"`` (XML text), ``"ONNX"`` or ``"BLOB"`` (compiled)."""
        return self._buffers.kind

    @property
    def model(self) -> memoryview:
        """The model's bytes, read-only."""
        return self._buffers.model

    @property
    def weights(self) -> memoryview:
        """The weights of an IR, read-only; empty for other kinds."""
        return self._buffers.weights


class Loader:
    """One loader object, made and initialised by its library.

    As in the server, calls into one library never overlap, whichever thread they come from. Leaving a
    ``with`` block ends the loader with :meth:`deinit`. In contrast to the server nothing is called on its
    own: ``unload`` after every ``load``, successful or not, is up to the caller.

    Every method raises :class:`~ovserve.errors.InternalError` when the loader throws or answers with
    rubbish; the message names loader, function, model and version.
    """

    def __init__(self, native: CustomLoader) -> None:
        self._native = native

    def load(
        self, name: str, base_path: str | os.PathLike[str], version: int, options: Mapping[str, Any] | str
    ) -> LoadedModel:
        """Call ``loadModel``.

        Args:
            name: the model's name.
            base_path: handed over as it is; loaders look for files in ``base_path/version``.
            version: 1 or more.
            options: ``custom_loader_options``: a mapping, which is handed over as compact JSON in its own
                order, or text, which is handed over as it is.

        Raises:
            FailedPreconditionError: the loader says that the version is blacklisted.
            InternalError: any other failure of the loader, or buffers that cannot be a model.
        """
        return LoadedModel(self._native.load(name, os.fspath(base_path), version, _options_text(options)))

    def blacklisted(self, name: str, version: int) -> bool:
        """Call ``getModelBlacklistStatus``: True for every answer other than OK."""
        return self._native.blacklisted(name, version)

    def unload(self, name: str, version: int) -> None:
        """Call ``unloadModel``."""
        self._native.unload(name, version)

    def retire(self, name: str) -> None:
        """Call ``retireModel``."""
        self._native.retire(name)

    def deinit(self) -> None:
        """Call ``loaderDeInit`` and destroy the loader. A second call does nothing.

        After it, every other method raises FailedPreconditionError.
        """
        self._native.deinit()

    def __enter__(self) -> "Loader":
        """Return the loader itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the loader."""
        self.deinit()


class LoaderLibrary:
    """A shared library with custom loaders, or a class in Python.

    Example::

        library = ovserve.LoaderLibrary("lib/libsampleloader.so")
        with library.create("loader_config.json") as loader:
            options = {"loader_name": "sample", "model_file": "digits.xml", "bin_file": "digits.bin"}
            loaded = loader.load("digits", "models/digits", 1, options)
            assert loaded.kind == "IR"
            assert not loader.blacklisted("digits", 1)
            loader.unload("digits", 1)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Remember the library; it is opened by :meth:`create`.

        Args:
            path: as ``library_path`` in the configuration: a shared library, ``my_loader.py:MyLoader`` or
                ``package.module:MyLoader``; a file's path is absolute or relative to the working directory.

        Raises:
            InvalidArgumentError: a Python file without its class.
        """
        text = os.fspath(path)
        problem = loader_path_problem(text)
        if problem is not None:
            raise InvalidArgumentError(f"LoaderLibrary: {problem}")
        resolved = resolve_loader_path(text, os.getcwd())
        self._path = os.path.normpath(resolved) if os.path.isabs(resolved) else resolved

    @property
    def path(self) -> str:
        """The library's absolute path, or a class with its file's absolute path or its module's name."""
        return self._path

    def create(self, config_file: str | os.PathLike[str] = "", *, name: str | None = None) -> Loader:
        """Open the library, make a loader and call its ``loaderInit``.

        Args:
            config_file: ``loader_config_file``, handed over exactly as written.
            name: what messages call this loader; the library's file name by default.

        Raises:
            InternalError: the library cannot be opened, is no loader, or its loader fails to start; the
                message names loader, library and reason.
        """
        return Loader(
            create_custom_loader(
                LoaderConfig(
                    name=name or os.path.basename(self._path),
                    library_path=self._path,
                    config_file=os.fspath(config_file),
                )
            )
        )


def _options_text(options: Mapping[str, Any] | str) -> str:
    if isinstance(options, str):
        return options
    try:
        return json.dumps(dict(options), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"options: not representable as JSON: {error}") from error
