"""Flags of ``ovserve archive``: those of torch-model-archiver and model-archiver, and sub-commands."""

import argparse
import re
from collections.abc import Sequence

from ovserve.archive.limits import UnpackLimits
from ovserve.archive.request import FORMATS, RUNTIMES, ArchiveRequest, Style

PROGRAM = "ovserve archive"
SUBCOMMANDS = ("inspect", "sign", "verify", "keygen")

_LIMITS = UnpackLimits()


def normalized(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with every ``--long_flag`` spelled ``--long-flag``; values stay."""
    return [re.sub(r"^--[^=]+", _with_hyphens, argument) for argument in arguments]


def parse_request(arguments: Sequence[str]) -> ArchiveRequest:
    """Read the flags of one of the two archivers.

    Raises:
        SystemExit: they are wrong (2), or ask for help (0); what to say is said.
    """
    given = normalized(arguments)
    style = _style(given)
    values = vars(request_parser(style).parse_args(given))
    return ArchiveRequest(**values)


def request_parser(style: Style) -> argparse.ArgumentParser:
    """Return the parser of an archiver's flags, with ours at the end."""
    torchserve = style is Style.TORCHSERVE
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Writes a model archive: with --version one for TorchServe, with --model-path alone one "
        "for Multi Model Server.",
        epilog=f"Also: {', '.join(f'{PROGRAM} {name}' for name in SUBCOMMANDS)}; each has a --help. "
        "Flags may be written with _ instead of -.",
    )
    parser.add_argument(
        "--model-name", required=True, metavar="NAME", help="name of the model and of the file"
    )
    parser.add_argument(
        "--handler", required=True, help="file or module, with :function if it is not the only entry point"
    )
    parser.add_argument(
        "--model-path",
        required=not torchserve,
        metavar="DIRECTORY",
        help="directory that is packed as a whole; with --version also where relative names are looked for",
    )
    if torchserve:
        parser.add_argument("-v", "--version", required=True, help="version of the model")
        parser.add_argument("--serialized-file", metavar="FILE", help="weights")
        parser.add_argument("--model-file", metavar="FILE", help="Python file with the model's architecture")
        parser.add_argument(
            "--extra-files", default="", metavar="LIST", help="files, directories and patterns, by commas"
        )
        parser.add_argument("-r", "--requirements-file", metavar="FILE", help="what pip is to install")
        parser.add_argument("-c", "--config-file", metavar="FILE", help="the model's YAML file")
    else:
        parser.add_argument(
            "-c", "--convert", action="store_true", help="accepted if there is no .onnx file to convert"
        )
    parser.add_argument("--runtime", default="python", choices=RUNTIMES[style], help="default: python")
    parser.add_argument("--export-path", metavar="DIRECTORY", help="where to; default: the working directory")
    parser.add_argument("--archive-format", default="default", choices=tuple(FORMATS), help="default: .mar")
    parser.add_argument("-f", "--force", action="store_true", help="replace what is there")
    ours = parser.add_argument_group("beyond those archivers")
    ours.add_argument("--digests", action="store_true", help="record each member's SHA-256 in the manifest")
    ours.add_argument(
        "--reproducible", action="store_true", help="the same files give the same bytes (SOURCE_DATE_EPOCH)"
    )
    return parser


def parse_subcommand(name: str, arguments: Sequence[str]) -> argparse.Namespace:
    """Read the arguments after one of :data:`SUBCOMMANDS`.

    Raises:
        SystemExit: see :func:`parse_request`.
    """
    parser = argparse.ArgumentParser(prog=f"{PROGRAM} {name}", description=_DESCRIPTIONS[name])
    if name == "keygen":
        parser.add_argument("file", metavar="PRIVATE", help="file to write; .pub is added for the public key")
        return parser.parse_args(normalized(arguments))
    parser.add_argument("file", metavar="FILE", help="the archive")
    if name == "sign":
        parser.add_argument("--key", required=True, metavar="PRIVATE", help="private key, a PEM file")
        return parser.parse_args(normalized(arguments))
    parser.add_argument(
        "--key",
        action="append",
        required=name == "verify",
        metavar="PUBLIC",
        help="trusted public key, or a directory of them; may be repeated",
    )
    if name == "inspect":
        parser.add_argument("--json", action="store_true", help="for programs")
        parser.add_argument("--max-entries", type=int, default=_LIMITS.max_entries, metavar="N")
        parser.add_argument("--max-bytes", type=int, default=_LIMITS.max_bytes, metavar="N")
        parser.add_argument("--max-ratio", type=float, default=_LIMITS.max_ratio, metavar="R")
    return parser.parse_args(normalized(arguments))


_DESCRIPTIONS = {
    "inspect": "Shows manifest, contents, digest and signature. Exit code 1 if it would be refused.",
    "sign": "Writes FILE.sig beside an archive, which itself stays as it is.",
    "verify": "Checks FILE.sig. Exit code 0 if a trusted key signed exactly this file.",
    "keygen": "Makes a pair of Ed25519 keys.",
}


def _style(arguments: Sequence[str]) -> Style:
    """Tell whose flags these are: TorchServe's always have a version."""
    names = [argument.partition("=")[0] for argument in arguments if argument.startswith("-")]
    if any(re.match("-f?v", name) or _abbreviates(name, "--version", "--v") for name in names):
        return Style.TORCHSERVE
    if any(_abbreviates(name, "--model-path", "--model-p") for name in names):
        return Style.MULTI_MODEL_SERVER
    return Style.TORCHSERVE


def _abbreviates(name: str, flag: str, shortest: str) -> bool:
    """Tell whether argparse takes a name for the flag; the shortest is no other flag's beginning."""
    return flag.startswith(name) and name.startswith(shortest)


def _with_hyphens(found: re.Match[str]) -> str:
    return found.group().replace("_", "-")
