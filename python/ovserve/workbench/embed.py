"""Package a Python loader as a shared library of the C++ loader interface: ``ovserve loader embed``.

The library carries the loader's source and a small C++ class that runs it. It is written against Python's
C interface, whose functions it looks up when it is used, and not with cffi's embedding: the interface
hands a C++ object over, which takes C++ in any case; a library linked to libpython would bring a second
interpreter into processes whose Python is linked statically; and failures have to become the exceptions
and statuses of the interface instead of lines on standard error.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from ovserve.errors import FailedPreconditionError, InvalidArgumentError
from ovserve.loaders.find_class import NoLoaderError, class_in, loader_names, module_of_source

_PACKAGE = Path(__file__).resolve().parents[1]
_SOURCE = Path(__file__).with_name("embedded_loader.cpp")
_HEADER = "customloaderinterface.hpp"


def embed(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    class_name: str | None = None,
    *,
    compiler: str = "g++",
) -> str:
    """Build a shared library that exports ``createCustomLoader`` and runs a Python loader.

    The loader's file is run once to see that it is one. Needs g++, Python's headers
    and a shared libpython. The library uses the Python, and the installed packages, of this environment;
    in a process that runs Python already, that interpreter.

    Args:
        source: one file; what it imports must be installed or lie beside the library.
        output: the library to write.
        class_name: which class; by default the only one that the file defines.
        compiler: a command that takes g++'s options.

    Returns:
        The name of the class.

    Raises:
        InvalidArgumentError: the file is no loader; the message says why.
        FailedPreconditionError: something to build with is missing or fails; the message says what to do.
    """
    file = os.path.realpath(source)
    code = _read(file)
    chosen = _checked_class(code, file, class_name)
    compiling, include, libpython = _compiler(compiler), _python_headers(), _shared_libpython()
    with tempfile.TemporaryDirectory(prefix="ovserve-embed-") as folder:
        Path(folder, "embedded_source.h").write_text(
            _generated(code, os.path.basename(file), chosen, libpython)
        )
        built = Path(folder, "library.so")
        includes = [f"-I{folder}", f"-I{include}", f"-I{_PACKAGE / 'include'}"]
        flags = ["-std=c++17", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-Wall"]
        command = [*compiling, *flags, *includes, str(_SOURCE), "-o", str(built), "-ldl"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise FailedPreconditionError(f"{shlex.join(compiling)} failed: {done.stderr.strip()[-2000:]}")
        _put(built, Path(output))
    return chosen


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``embed`` to the commands of ``ovserve loader``."""
    parser = commands.add_parser(
        "embed",
        help="make a Python loader a shared library for every host of the C++ interface",
        description="Build a shared library that exports createCustomLoader and runs a Python loader.",
    )
    parser.add_argument(
        "loader", metavar="FILE.py[:CLASS]", help="the class may be left out if it is the only one"
    )
    parser.add_argument("-o", "--output", metavar="FILE.so", help="by default libFILE.so in this folder")
    parser.add_argument("--compiler", default="g++", help="a command that takes g++'s options")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> str:
    file, _, class_name = options.loader.partition(".py:")
    source = f"{file}.py" if class_name else options.loader
    if not source.endswith(".py"):
        raise InvalidArgumentError(f'"{options.loader}": expected FILE.py or FILE.py:CLASS')
    output = options.output or f"lib{Path(source).stem}.so"
    chosen = embed(source, output, class_name or None, compiler=options.compiler)
    return (
        f"Library written: {output}, class {chosen} of {source}\n"
        f"It runs with:    Python {sysconfig.get_python_version()} of {sys.executable}\n"
    )


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InvalidArgumentError(f"cannot read {file}: {error.strerror or error}") from error


def _checked_class(code: bytes, file: str, class_name: str | None) -> str:
    try:
        module = module_of_source(code, file)
        names = loader_names(module)
        if class_name is None and len(names) != 1:
            listed = ", ".join(names) or "none"
            raise InvalidArgumentError(
                f"{file}: name the class, as in FILE.py:CLASS; its loaders are: {listed}"
            )
        chosen = class_name or names[0]
        class_in(module, chosen, file)
    except InvalidArgumentError:
        raise
    except NoLoaderError as error:
        raise InvalidArgumentError(str(error)) from None
    except (Exception, SystemExit) as error:
        raise InvalidArgumentError(f"{file} cannot be imported: {type(error).__name__}: {error}") from error
    return chosen


def _compiler(text: str) -> list[str]:
    command = shlex.split(text)
    if not command or shutil.which(command[0]) is None:
        raise FailedPreconditionError(
            f"{text} is missing; install it (Debian: apt-get install g++) or name another with --compiler"
        )
    return command


def _python_headers() -> str:
    include = sysconfig.get_path("include")
    if not Path(include, "Python.h").is_file():
        raise FailedPreconditionError(
            f"Python's headers are missing in {include}; install them (Debian: apt-get install python3-dev)"
        )
    return include


def _shared_libpython() -> str:
    wanted = ("LIBDIR", "MULTIARCH", "INSTSONAME", "LDLIBRARY", "LIBPL")
    at, triplet, versioned, plain, beside = (str(sysconfig.get_config_var(name) or "") for name in wanted)
    for folder in (at, os.path.join(at, triplet), beside):
        for name in (versioned, plain, f"libpython{sysconfig.get_python_version()}.so"):
            candidate = Path(folder, name)
            if ".so" in name and candidate.is_file():
                return str(candidate.resolve())
    raise FailedPreconditionError(
        f"a shared libpython{sysconfig.get_python_version()} is missing in {at}; install it (Debian: "
        f"apt-get install libpython3-dev) or use a Python that was built with --enable-shared"
    )


def _generated(code: bytes, file_name: str, class_name: str, libpython: str) -> str:
    # The unresolved name: what tells a virtual environment from the Python that it was made of.
    places = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    places[str(_PACKAGE.parent)] = None
    lines = [
        f"constexpr unsigned char kSource[] = {{{','.join(map(str, code))},0}};",
        f"constexpr std::size_t kSourceBytes = {len(code)};",
        f"constexpr const char* kFileName = {_literal(file_name)};",
        f"constexpr const char* kClassName = {_literal(class_name)};",
        f"constexpr const char* kLibPython = {_literal(libpython)};",
        f"constexpr const char* kExecutable = {_literal(sys.executable)};",
        f"constexpr const char* kPackages[] = {{{', '.join(map(_literal, places))}}};",
    ]
    return "#pragma once\n\n#include <cstddef>\n\n" + "\n".join(lines) + "\n"


def _literal(text: str) -> str:
    """Write a text as a C string; octal numbers of three digits end by themselves."""
    return '"' + "".join(f"\\{byte:03o}" for byte in os.fsencode(text)) + '"'


def _put(built: Path, output: Path) -> None:
    aside = output.with_name(output.name + ".new")
    try:
        shutil.copyfile(built, aside)
        aside.chmod(0o755)
        os.replace(aside, output)  # a new file: overwriting one that a server has mapped would crash it
    except OSError as error:
        raise InvalidArgumentError(f"cannot write {output}: {error.strerror or error}") from error
