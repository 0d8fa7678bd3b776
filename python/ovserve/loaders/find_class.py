"""From ``library_path`` to the class that it names.

Files are read anew whenever a loader is made: one that has not changed gives the module that is there, so
that several entries share it; a changed one is run again as a new module, and objects of the old one stay
as they are. Modules are imported as everywhere in Python, once per process.
"""

import hashlib
import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from types import ModuleType

from ovserve.config.loader_path import PythonLoaderPath
from ovserve.config.nearest import nearest
from ovserve.errors import InternalError
from ovserve.loaders.custom_loader import CustomLoader

_NOT_A_LOADER = "it must be a class derived from ovserve.CustomLoader"


class NoLoaderError(InternalError):
    """What ``library_path`` names cannot be a loader; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class _Imported:
    module: ModuleType
    digest: bytes


_imported: dict[str, _Imported] = {}  # by origin; calls for one come from one thread


def loader_class(path: PythonLoaderPath) -> type[CustomLoader]:
    """Import what ``path`` names and return the class.

    Raises:
        NoLoaderError: no such file, module or class, or no loader; the message names it and the way out.
        BaseException: whatever the file or module raises when it is imported.
    """
    if not path.is_file:
        return class_in(_module_of_name(path.source), path.class_name, f"module {path.source}")
    try:
        with open(path.source, "rb") as file:
            source = file.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NoLoaderError(f"cannot read {path.source}: {reason}") from error
    real = os.path.realpath(path.source)
    return class_in(module_of_source(source, real), path.class_name, path.source)


def module_of_source(source: bytes, file: str, origin: str | None = None) -> ModuleType:
    """Return the module that ``source`` is, run under a name of its own.

    Args:
        source: the content of ``file``.
        file: the absolute path that tracebacks show, and whose folder the module may import from.
        origin: what the source is the present content of; by default ``file``.
    """
    origin = origin or file
    digest = hashlib.sha256(source).digest()
    known = _imported.get(origin)
    if known is not None and known.digest == digest:
        return known.module
    stem = os.path.basename(file).removesuffix(".py")
    name = f"ovserve_loader_{hashlib.sha256(os.fsencode(origin)).hexdigest()[:8]}.{stem}".replace(".", "_")
    code = compile(source, file, "exec", dont_inherit=True)
    spec = ModuleSpec(name, None, origin=file)
    module = importlib.util.module_from_spec(spec)
    module.__file__ = file
    folder = os.path.dirname(file)
    if folder not in sys.path:
        sys.path.append(folder)  # last, so that nothing there stands in for what others import
    before = sys.modules.get(name)
    sys.modules[name] = module  # dataclasses and pickle look there
    try:
        exec(code, module.__dict__)
    except BaseException:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        raise
    _imported[origin] = _Imported(module, digest)
    return module


def class_in(module: ModuleType, name: str, place: str) -> type[CustomLoader]:
    """Return the loader class ``name`` of a module.

    Raises:
        NoLoaderError: there is none; the message says what was found in ``place``.
    """
    found = vars(module).get(name)
    if found is None:
        found = getattr(module, name, None)  # a module's own __getattr__
    if found is None:
        others = loader_names(module)
        similar = nearest(name, others)
        listed = (
            f"its loaders are: {', '.join(others)}" if others else "it has no class of ovserve.CustomLoader"
        )
        hint = f"did you mean {similar}?" if similar else listed
        raise NoLoaderError(f"{place} has no class {name}; {hint}")
    if not isinstance(found, type) or not issubclass(found, CustomLoader):
        raise NoLoaderError(f"{name} of {place} is no loader; {_NOT_A_LOADER}")
    missing = sorted(getattr(found, "__abstractmethods__", ()))
    if missing:
        raise NoLoaderError(f"{name} of {place} does not define {', '.join(missing)}")
    return found


def loader_names(module: ModuleType) -> list[str]:
    """Return the names of the loader classes that a module defines itself."""
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, CustomLoader) and value.__module__ == module.__name__
    ]


def _module_of_name(name: str) -> ModuleType:
    importlib.invalidate_caches()  # installed while the server runs
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise NoLoaderError(
                f"there is no module {error.name}; install it for {sys.executable}, put its folder on "
                f"PYTHONPATH, or write library_path as file.py:Class"
            ) from None
        raise
