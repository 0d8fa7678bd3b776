"""What a loader's file shows before any of its code runs, and whether it makes an object."""

import ast
import os
import platform
import subprocess
from collections.abc import Callable

from ovserve import _core
from ovserve.config.loader_path import PythonLoaderPath, python_loader_path, resolve_loader_path
from ovserve.errors import OvserveError
from ovserve.loaders.find_class import NoLoaderError, loader_class
from ovserve.workbench.check.stepping import Broken, NotRun, Stepping

CPP_FACTORY = "createCustomLoader"
C_FACTORY = "ovserve_loader_v1"

# How loadModel's parameters are mangled in every release of the interface.
_LOAD_MODEL = "9loadModelE"
_LOAD_PARAMETERS = "RKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
_LISTING_LIMIT_S = 30.0
_SHOWN = 4


class LibrarySteps:
    """The steps that need neither a configuration nor a model."""

    def __init__(self, stepping: Stepping, library: str) -> None:
        self._stepping = stepping
        self._python = python_loader_path(library)
        self._path = resolve_loader_path(library, os.getcwd())
        self._usable = True
        self.kind = "Python" if self._python else "unknown"

    @property
    def usable(self) -> bool:
        """Whether the loader could be made."""
        return self._usable

    def run(self) -> None:
        """Take all of them."""
        plan: list[tuple[str, Callable[[], str], str]] = [
            ("file", self._file, ""),
            ("needed libraries", self._needed_libraries, ""),
            ("symbols", self._symbols, ""),
            ("string ABI", self._string_abi, ""),
            ("ABI", self._abi, ""),
            ("factory", self._factory, CPP_FACTORY if self._python is None else "the module and the class"),
        ]
        if self._python is not None:
            self._stepping.journal.kind(self.kind)
        for name, function, calls in plan:
            if not self._stepping.run(name, function, calls):
                self._usable = False

    def _file(self) -> str:
        if self._python is not None:
            return _python_source(self._python, self._path)
        reason = _core.reason_not_loadable(self._path)
        if reason is None:
            return f"shared library for {platform.machine()}, {os.path.getsize(self._path)} bytes"
        cause, _, cure = reason.partition(": ")
        text = f"{self._path}: {cause}"
        if reason.startswith("it is built for"):
            raise Broken("wrong-machine", text, cure)
        if not os.path.isfile(self._path) or reason.startswith("the file cannot be read"):
            raise Broken("no-file", f"{self._path}: {reason}")
        raise Broken("not-a-library", text if cure.startswith("link") else f"{self._path}: {reason}")

    def _needed_libraries(self) -> str:
        self._need_library()
        try:
            # Not the library's code: the dynamic linker only says what it would load.
            listing = subprocess.run(
                ["ldd", self._path], capture_output=True, text=True, timeout=_LISTING_LIMIT_S
            ).stdout
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotRun(f"ldd: {error}") from error
        lines = [line.strip() for line in listing.splitlines() if line.strip()]
        here = _mapped_files()
        missing = [
            name
            for name in (line.partition(" =>")[0] for line in lines if line.endswith("=> not found"))
            if name not in here  # the server brings it, OpenVINO for instance
        ]
        if missing:
            raise Broken("missing-library", f"the dynamic linker does not find {', '.join(missing)}")
        return f"all {len(lines)} found"

    def _symbols(self) -> str:
        self._need_library()
        exported = [s.name for s in _core.library_symbols(self._path) if s.defined and s.exported]
        if C_FACTORY in exported:
            self.kind = "C"
        elif CPP_FACTORY in exported:
            self.kind = "C++"
        else:
            advice = _core.advice_on_missing_function(self._path, CPP_FACTORY).lstrip(":; ")
            raise Broken("no-factory", f"it exports neither {CPP_FACTORY} nor {C_FACTORY}", advice)
        self._stepping.journal.kind(self.kind)
        factories = ", ".join(name for name in (C_FACTORY, CPP_FACTORY) if name in exported)
        return f"{factories}; {len(exported)} exported in all"

    def _string_abi(self) -> str:
        self._need_library("C++")
        reason = _core.reason_of_other_string_abi(self._path)
        if reason is not None:
            cause, _, cure = reason.partition(": ")
            raise Broken("string-abi", cause, cure)
        return "libstdc++, new"

    def _abi(self) -> str:
        self._need_library()
        if self.kind == "C":
            return f"C, {C_FACTORY}; the revision is agreed on when it is made"
        self._need_library("C++")
        names = [s.name for full in (False, True) for s in _core.library_symbols(self._path, full)]
        loads = {name for name in names if name.startswith("_Z") and _LOAD_MODEL in name}
        other = {name for name in loads if not name.partition(_LOAD_MODEL)[2].startswith(_LOAD_PARAMETERS)}
        if other and other == loads:
            raise Broken(
                "other-header",
                "its loadModel takes other parameters than the interface's: " + sorted(other)[0],
            )
        return "C++, customloaderinterface.hpp" + ("" if loads else " (no symbol shows more)")

    def _factory(self) -> str:
        if self._python is not None:
            if not self._usable:
                raise NotRun("after what was found before")
            return _make_python(self._python, self._path)
        self._need_library()
        if self.kind == "C":
            raise NotRun("made together with init")
        try:
            _core.make_and_destroy_loader(self._path)
        except OvserveError as error:
            raise Broken(code_of_making(str(error)), str(error)) from None
        return "made and destroyed"

    def _need_library(self, kind: str = "") -> None:
        if self._python is not None:
            raise NotRun("of no account in Python")
        if not self._usable:
            raise NotRun("after what was found before")
        if kind and kind != self.kind:
            raise NotRun(f"of no account in {self.kind}")


def code_of_making(message: str) -> str:
    """Return the code of what the core says of a loader that could not be made."""
    if "undefined symbol" in message:
        return "undefined-symbol"
    if "abi_version" in message or "struct_size" in message or "refused this server" in message:
        return "abi-version"
    return "factory-failed"


def _python_source(python: PythonLoaderPath, path: str) -> str:
    if not python.is_file:
        return f"module {python.source}"
    file = path.rpartition(":")[0]
    try:
        with open(file, "rb") as opened:
            ast.parse(opened.read(), file)
    except OSError as error:
        raise Broken("no-file", f"{file}: {error.strerror or error}") from None
    except (SyntaxError, ValueError) as error:
        raise Broken("import-failed", f"{file} is no Python: {error}", "correct the line named") from None
    return f"Python source, {os.path.getsize(file)} bytes"


def _make_python(python: PythonLoaderPath, path: str) -> str:
    where = python_loader_path(path) or python
    try:
        found = loader_class(where)
    except NoLoaderError as error:
        raise Broken("no-class", str(error)) from None
    except BaseException as error:  # the module may raise anything, SystemExit too
        raise Broken("import-failed", f"importing {where.source} raised {_shown(error)}") from error
    try:
        found()
    except BaseException as error:
        cure = "take no arguments, and do what can fail in init instead"
        raise Broken("factory-failed", f"{where.class_name}() raised {_shown(error)}", cure) from error
    return f"class {where.class_name}"


def _shown(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _mapped_files() -> set[str]:
    with open("/proc/self/maps") as maps:
        return {os.path.basename(line.split(maxsplit=5)[5].strip()) for line in maps if "/" in line}
