"""The program ``ovserve loader``: arguments in, exit code out.

Exit codes: 0 done, 1 not possible, or ``check`` has found errors, 2 the command line is wrong.
"""

import argparse
import sys
from collections.abc import Sequence

from ovserve.errors import OvserveError
from ovserve.workbench import embed, new, trace
from ovserve.workbench.check import command as check

EXIT_OK = 0
EXIT_FAILURE = 1

_COMMANDS = (new, check, trace, embed)


def main(arguments: Sequence[str]) -> int:
    """Run the program and return its exit code.

    Args:
        arguments: what follows ``ovserve loader``.
    """
    try:
        options = _parser().parse_args(list(arguments) or ["--help"])
        answer: str | tuple[str, int] = options.run(options)
        text, code = answer if isinstance(answer, tuple) else (answer, EXIT_OK)
        sys.stdout.write(text)
    except SystemExit as leaving:  # argparse has said why
        return leaving.code if isinstance(leaving.code, int) else EXIT_FAILURE
    except OvserveError as error:
        sys.stderr.write(f"ovserve loader: {str(error).encode(errors='backslashreplace').decode()}\n")
        return EXIT_FAILURE
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ovserve loader", description="Tools for authors of custom loaders."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser
