"""The program ``ovserve archive``: arguments in, exit code out.

Exit codes, as the archivers have them: 0 done, 1 not possible or refused, 2 the command line is wrong.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from ovserve.archive import command_line
from ovserve.archive.inspection import inspect_archive
from ovserve.archive.limits import UnpackLimits
from ovserve.archive.report import report_json, report_text
from ovserve.archive.signing import generate_keys, load_trusted_keys, require_signed, sign_archive
from ovserve.archive.write import write_archive
from ovserve.errors import OvserveError

EXIT_OK = 0
EXIT_FAILURE = 1


def main(arguments: Sequence[str]) -> int:
    """Run the program and return its exit code.

    Args:
        arguments: what follows ``ovserve archive``.
    """
    given = list(arguments) or ["--help"]
    try:
        if given[0] in command_line.SUBCOMMANDS:
            return _run(given[0], command_line.parse_subcommand(given[0], given[1:]))
        return _write(given)
    except SystemExit as leaving:  # argparse has said why
        return leaving.code if isinstance(leaving.code, int) else EXIT_FAILURE
    except OvserveError as error:
        return _fail(str(error))
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        return _fail(f"{name}{error.strerror or error}")


def _write(arguments: Sequence[str]) -> int:
    written = write_archive(command_line.parse_request(arguments))
    for warning in written.warnings:
        _complain(f"warning: {warning}")
    return _show(f"Archive written: {written.path}\n")


def _run(name: str, options: argparse.Namespace) -> int:
    if name == "keygen":
        public, key_id = generate_keys(options.file)
        return _show(f"Private key: {options.file}\nPublic key:  {public}\nKey id:      {key_id}\n")
    if name == "sign":
        return _show(f"Signature written: {sign_archive(options.file, options.key)}\n")
    keys = load_trusted_keys(options.key) if options.key else None
    if name == "verify":
        return _show(f"Valid: {options.file}, signed by key {require_signed(options.file, keys or ())}\n")
    limits = UnpackLimits(options.max_entries, options.max_bytes, options.max_ratio)
    found = inspect_archive(options.file, limits, keys)
    _show(report_json(found) if options.json else report_text(found, _colours()))
    return EXIT_FAILURE if found.problems else EXIT_OK


def _colours() -> bool:
    """Tell whether somebody looks who wants colours.

    Source: https://no-color.org
    """
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _show(text: str) -> int:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    return EXIT_OK


def _fail(message: str) -> int:
    _complain(message)
    return EXIT_FAILURE


def _complain(message: str) -> None:
    sys.stderr.write(f"ovserve: {message.encode(errors='backslashreplace').decode()}\n")
