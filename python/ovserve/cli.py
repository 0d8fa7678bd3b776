"""The program ``ovserve``: arguments in, exit code out.

Exit codes: 0 done or stopped in order, 1 the server cannot run, 64 the command line is wrong.
``ovserve archive`` has the exit codes of the archivers whose flags it takes, ``ovserve loader`` those of
its commands.
"""

import logging
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ovserve import access_log, log
from ovserve.config.command_line import FlagValue, UsageError, help_text, parse_arguments
from ovserve.config.server_options import server_options
from ovserve.config_editing.command import asked_command, run_command
from ovserve.errors import OvserveError
from ovserve.management.run_directory import stop_server

STOP_TIMEOUT_S = 60.0  # longer than requests get to end, unless --drain_seconds says otherwise

EXIT_OK = 0
EXIT_FAILURE = 1
EXIT_USAGE = 64  # EX_USAGE of sysexits.h, as OpenVINO Model Server has it

_log = logging.getLogger(__name__)

_HEADER = "customloaderinterface.hpp"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code.

    Args:
        arguments: without the program's name; by default those of this process.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["archive"]:
        from ovserve.archive.command import main as archive  # here: a server needs none of it

        return archive(given[1:])
    if given[:1] == ["loader"]:
        from ovserve.workbench.command import main as loader  # likewise

        return loader(given[1:])
    try:
        values = parse_arguments(given)
        if not given or values.get("help"):
            return _show(help_text())
        if values.get("version"):
            return _show(version_text())
        if values.get("includes"):
            return _show_includes()
        if values.get("stop"):
            return _stop()
        command = asked_command(values)
        if command is not None:
            return _edit(command, values)
        options = server_options(values)
    except UsageError as error:
        return _fail(str(error), EXIT_USAGE)

    try:
        log.set_up(options.log_level, options.log_path)
    except OSError as error:
        return _fail(f"--log_path {options.log_path}: {error.strerror or error}", EXIT_FAILURE)
    try:
        access_log.set_up(options.access_log)
    except OSError as error:
        return _fail(f"--access_log {options.access_log}: {error.strerror or error}", EXIT_FAILURE)
    for warning in options.warnings:
        _log.warning("%s", warning)
    # Only now: the answers above need neither the native core nor OpenVINO.
    from ovserve import server

    try:
        return server.run(options)
    except OvserveError as error:
        _log.error("The server cannot run: %s", error)  # for the log file; the next line is for the caller
        return _fail(str(error), EXIT_FAILURE)
    except KeyboardInterrupt:  # before the server took over the signal
        return EXIT_OK


def version_text() -> str:
    """Return two lines: the release of ovserve and that of OpenVINO, without importing either."""
    return f"ovserve {_installed('ovserve')}\nOpenVINO backend {_installed('openvino')}\n"


def include_directory() -> Path:
    """Return the directory that holds the loader interface's header."""
    return Path(__file__).resolve().parent / "include"


def _installed(distribution: str) -> str:
    import importlib.metadata

    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _edit(command: str, values: Mapping[str, FlagValue]) -> int:
    try:
        answer = run_command(command, values)
    except UsageError:
        raise
    except OvserveError as error:
        return _fail(str(error), EXIT_FAILURE)
    for note in answer.notes:
        _complain(note)
    return _show(answer.text)


def _stop() -> int:
    try:
        process = stop_server(os.getcwd(), STOP_TIMEOUT_S)
    except (OvserveError, OSError) as error:
        return _fail(f"--stop: {error}", EXIT_FAILURE)
    return _show(f"The server has ended: process {process}\n")


def _show_includes() -> int:
    directory = include_directory()
    if not (directory / _HEADER).is_file():
        return _fail(f"{_HEADER} is not in {directory}; install ovserve with pip", EXIT_FAILURE)
    return _show(f"{shlex.join([f'-I{directory}', '-std=c++17'])}\n")


def _show(text: str) -> int:
    sys.stdout.write(text)
    return EXIT_OK


def _fail(message: str, code: int) -> int:
    _complain(message)
    return code


def _complain(message: str) -> None:
    sys.stderr.write(f"ovserve: {message.encode(errors='backslashreplace').decode()}\n")
