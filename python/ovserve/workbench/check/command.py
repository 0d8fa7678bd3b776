"""``ovserve loader check``."""

import argparse
import json
from typing import Any

from ovserve.workbench.check.report import CheckReport, CheckRequest
from ovserve.workbench.check.run import check_loader
from ovserve.workbench.check.table import report_text
from ovserve.workbench.terminal import wants_colour

DESCRIPTION = """\
Take a loader through its whole life in a process of its own, and say what is wrong with it. Without
--base-path only the steps that need no model are taken. Exit code: 0 no errors, 1 errors."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``check`` to the commands of ``ovserve loader``."""
    parser = commands.add_parser(
        "check", help="take a loader through its whole life, and say what is wrong", description=DESCRIPTION
    )
    parser.add_argument(
        "library", metavar="LIBRARY", help="libmy.so, my_loader.py:MyLoader or package.module:MyLoader"
    )
    parser.add_argument(
        "--config-file", default="", metavar="F", help="loader_config_file, handed over as it is"
    )
    parser.add_argument(
        "--base-path", default="", metavar="P", help="the model's folder, with its version folders"
    )
    parser.add_argument("--version", type=_version, default=1, metavar="N", help="which version to load (1)")
    parser.add_argument(
        "--options", type=_options, default={}, metavar="JSON", help="custom_loader_options, a JSON object"
    )
    parser.add_argument("--name", default="model", help="the model's name (model)")
    parser.add_argument(
        "--time-limit", type=_seconds, default=60.0, metavar="S", help="for each step, in seconds (60)"
    )
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> tuple[str, int]:
    report = check_loader(
        CheckRequest(
            options.library,
            options.config_file,
            options.base_path,
            options.version,
            options.options,
            options.name,
            options.time_limit,
        )
    )
    return _text(report, options.json), 0 if report.passed else 1


def _text(report: CheckReport, as_json: bool) -> str:
    if as_json:
        return json.dumps(report.as_dict(), indent=2) + "\n"
    return report_text(report, wants_colour())


def _options(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"no JSON: {error}") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError('must be a JSON object, such as {"model_file": "model.xml"}')
    return value


def _version(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) < 2**31:
        raise argparse.ArgumentTypeError(f"{text}: must be a whole number from 1 on")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"{text}: must be a number of seconds above 0")
    return value
