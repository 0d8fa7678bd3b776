"""Libraries of the C loader interface, and the loaders that they make."""

import json
import os
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from ovserve.c_loader.header import Status, interface
from ovserve.c_loader.host import Host, host_table, text_of
from ovserve.errors import InternalError

_ENTRY = "ovserve_loader_v1"
_MESSAGE_SIZE = 1024
_KINDS = {Status.MODEL_TYPE_IR: "IR", Status.MODEL_TYPE_ONNX: "ONNX", Status.MODEL_TYPE_BLOB: "BLOB"}

# Never closed: code of a library may run on threads that it started, and release memory at any time.
_opened: list[Any] = []


class CallFailedError(InternalError):
    """A function of a loader did not return what stands for success.

    Attributes:
        function: as the header names it.
        status: a :class:`Status` where it is one.
        text: the loader's own words, may be empty.
    """

    def __init__(self, function: str, status: int, text: str) -> None:
        self.function = function
        self.status = _status(status)
        self.text = text
        name = f"{self.status.name} ({status})" if isinstance(self.status, Status) else f"{status}"
        super().__init__(f"{function} returned {name}" + (f": {text}" if text else ""))


class CModel:
    """What a loader handed over for one version: its own memory, not copied.

    Each buffer is released, exactly once, when neither this object nor any view or array of it is left.
    """

    def __init__(self, status: Status, model: memoryview, weights: memoryview, owners: list[Any]) -> None:
        self.status = status
        self._model = model
        self._weights = weights
        self._owners = owners

    @property
    def kind(self) -> str:
        """``"IR"``, ``"ONNX"`` or ``"BLOB"``."""
        return _KINDS[self.status]

    @property
    def model(self) -> memoryview:
        """The model's bytes, read-only."""
        return self._model

    @property
    def weights(self) -> memoryview:
        """The weights of an IR, read-only."""
        return self._weights

    def close(self) -> None:
        """Give the memory back, as the server does before it calls unload; views of it keep it so long."""
        # Not by releasing these views: numpy's frombuffer would go on using what they showed.
        self._model = self._weights = memoryview(b"")
        self._owners.clear()


class CLoader:
    """One loader that its library has made. Calls must not overlap, as the server's do not.

    Functions that the library's table lacks do nothing, as in the server. A ``with`` block ends with
    :meth:`deinit`.
    All methods raise :class:`CallFailedError` for a status that does not stand for success.
    """

    def __init__(self, api: Any, loader: Any, host: Host) -> None:
        self._api = api
        self._loader = loader
        self._ended = False
        self.host = host

    def load(
        self, name: str, base_path: str | os.PathLike[str], version: int, options: Mapping[str, Any] | str
    ) -> CModel:
        """Call ``load``. ``options`` is handed over as JSON; text as it is.

        What a load that fails handed over is released before the error is raised.
        """
        ffi = interface()
        text = options if isinstance(options, str) else json.dumps(dict(options), separators=(",", ":"))
        kept = [ffi.new("char[]", part.encode()) for part in (name, os.fspath(base_path), text)]
        request = ffi.new("ovserve_load_request *")
        request.struct_size = ffi.sizeof("ovserve_load_request")
        request.model_name, request.base_path, request.options = kept
        request.version = version
        model = ffi.new("ovserve_model *")
        model.struct_size = ffi.sizeof("ovserve_model")
        status, message = self._call("load", name, version, request, model)
        owners: list[Any] = []
        model_view, weights_view = (_adopt(buffer, owners) for buffer in (model.model, model.weights))
        if status not in _KINDS:
            raise CallFailedError("load", status, message)
        return CModel(Status(status), model_view, weights_view, owners)

    def blacklist_status(self, name: str, version: int) -> Status | int:
        """Call ``blacklist_status`` and return what it returned; never raises CallFailedError."""
        if not self._api.blacklist_status:
            return Status.OK
        return _status(self._call("blacklist_status", name, version, name.encode(), version)[0])

    def unload(self, name: str, version: int) -> None:
        """Call ``unload``."""
        if self._api.unload:
            self._expect_ok("unload", name, version, name.encode(), version)

    def retire(self, name: str) -> None:
        """Call ``retire``."""
        if self._api.retire:
            self._expect_ok("retire", name, 0, name.encode())

    def deinit(self) -> None:
        """Call ``deinit``; the second time nothing happens."""
        if not self._ended:
            self._ended = True
            self._expect_ok("deinit", "", 0)

    def __enter__(self) -> "CLoader":
        """Return the loader itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the loader."""
        self.deinit()

    def _call(self, function: str, model: str, version: int, *arguments: Any) -> tuple[int, str]:
        with self.host.call(model, version) as number:
            return _with_message(getattr(self._api, function), self._loader, number, *arguments)

    def _expect_ok(self, function: str, model: str, version: int, *arguments: Any) -> None:
        status, message = self._call(function, model, version, *arguments)
        if status != Status.OK:
            raise CallFailedError(function, status, message)


class CLoaderLibrary:
    """A shared library that exports ``ovserve_loader_v1``, opened for as long as the process lives."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open the library.

        Args:
            path: relative to the working directory, or absolute.

        Raises:
            InternalError: it cannot be opened, or exports no such function.
        """
        self.path = os.path.abspath(os.fspath(path))
        ffi = interface()
        try:
            self._library = ffi.dlopen(self.path, ffi.RTLD_LAZY | ffi.RTLD_LOCAL)
            self._entry = getattr(self._library, _ENTRY)
        except (OSError, AttributeError) as error:
            raise InternalError(f'library "{self.path}": {error}') from error
        _opened.append(self._library)

    def table(self) -> Any:
        """Call ``ovserve_loader_v1``; return the ``const ovserve_loader_api *`` that it gave, as cffi has it.

        Raises:
            InternalError: it gave none; the message holds its reason.
        """
        ffi = interface()
        message = ffi.new("char[]", _MESSAGE_SIZE)
        table = self._entry(host_table(), message, _MESSAGE_SIZE)
        if table == ffi.NULL:
            reason = text_of(message) or "it gave no reason"
            raise InternalError(f'library "{self.path}": {_ENTRY} returned null: {reason}')
        return table

    @property
    def abi_version(self) -> int:
        """The revision of the interface that the library's table names."""
        return int(self.table().abi_version)

    @property
    def functions(self) -> frozenset[str]:
        """The names of the functions that the library's table has."""
        table = self.table()
        names = [name for name, field in interface().typeof(table[0]).fields if field.type.kind == "function"]
        return frozenset(name for name in names if getattr(table, name))

    def create(self, config_file: str | os.PathLike[str] = "", *, host: Host | None = None) -> CLoader:
        """Call ``init``.

        Args:
            config_file: ``loader_config_file``, handed over as it is.
            host: what the loader is offered; by default one that sets no limits.

        Raises:
            CallFailedError: init did not return OK.
            InternalError: there is no table, or one that the server would refuse.
        """
        ffi = interface()
        table = self.table()
        self._check(table)
        host = host or Host()
        loader = ffi.new("void **")
        config = ffi.new("char[]", os.fspath(config_file).encode())
        with host.call() as number:
            status, message = _with_message(table.init, host.number, number, config, loader)
        if status != Status.OK:
            raise CallFailedError("init", status, message)
        return CLoader(table, loader[0], host)

    def _check(self, table: Any) -> None:
        ffi = interface()
        smallest, newest = ffi.sizeof("ovserve_loader_api"), host_table().abi_version
        if table.struct_size < smallest:
            problem = f"struct_size is {table.struct_size}, expected {smallest} or more"
        elif not 1 <= table.abi_version <= newest:
            problem = f"abi_version is {table.abi_version}, expected 1 to {newest}"
        elif not (table.init and table.load and table.deinit):
            problem = "init, load or deinit is missing"
        else:
            return
        raise InternalError(f'library "{self.path}": the table of {_ENTRY} cannot be used: {problem}')


def _status(number: int) -> Status | int:
    return Status(number) if number in Status.__members__.values() else number


def _with_message(function: Callable[..., int], *arguments: Any) -> tuple[int, str]:
    message = interface().new("char[]", _MESSAGE_SIZE)
    status = function(*arguments, message, _MESSAGE_SIZE)
    return status, text_of(message)


def _adopt(buffer: Any, owners: list[Any]) -> memoryview:
    """Return a view of a buffer, which is released when the view, all others, and the owner are gone."""
    ffi = interface()
    data, size, release, context = buffer.data, buffer.size, buffer.release, buffer.context
    owner = ffi.cast("uint8_t *", data)
    if release:
        owner = ffi.gc(owner, lambda _: release(context, data, size))
        owners.append(owner)
    if data == ffi.NULL:
        return memoryview(b"")
    return memoryview(ffi.buffer(owner, size)).toreadonly()
