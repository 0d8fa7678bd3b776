"""``ovserve loader new``: a project with a loader that builds, passes its tests and runs."""

import argparse
import keyword
import os
import re
from dataclasses import dataclass
from pathlib import Path

from ovserve.errors import FailedPreconditionError, InvalidArgumentError

DESCRIPTION = """\
Write a project with a custom loader: it builds with make, passes its own tests (make test), satisfies
ovserve loader check (make check), and is served (make run)."""

_TEMPLATES = Path(__file__).with_name("templates")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_UNFINISHED = ".in"  # of files that would be taken for Python's, or git's, here too


@dataclass(frozen=True, slots=True)
class _Language:
    title: str
    source: str
    library_path: str
    builds: str


_LANGUAGES = {
    "cpp": _Language("C++", "@NAME@.cpp", "lib@NAME@.so", "builds `lib@NAME@.so` with g++"),
    "c": _Language("C", "@NAME@.c", "lib@NAME@.so", "builds `lib@NAME@.so` with a C compiler"),
    "python": _Language("Python", "@NAME@.py", "@NAME@.py:@CLASS@", "looks for mistakes in the syntax"),
    "rust": _Language("Rust", "src/lib.rs", "target/release/lib@NAME@.so", "builds the library with cargo"),
}
LANGUAGES = tuple(_LANGUAGES)


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``new`` to the commands of ``ovserve loader``."""
    parser = commands.add_parser("new", help="write a project with a loader", description=DESCRIPTION)
    parser.add_argument("name", metavar="NAME", help="of loader and folder: letters, digits and _")
    parser.add_argument("--language", choices=LANGUAGES, required=True, help="what the loader is written in")
    parser.add_argument(
        "--directory", default=".", metavar="D", help="where the folder NAME is made (the working directory)"
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> str:
    folder = write_project(options.name, options.language, options.directory)
    return f"Project written: {folder}\nGo on with:      cd {folder} && make check test\n"


def write_project(name: str, language: str, directory: str | os.PathLike[str] = ".") -> Path:
    """Write a project; returns its folder, which must not exist.

    Args:
        name: of loader and folder.
        language: one of :data:`LANGUAGES`.
        directory: where the folder is made.

    Raises:
        InvalidArgumentError: the name will not do, or the language is unknown.
        FailedPreconditionError: the folder is there already, or cannot be written.
    """
    if language not in _LANGUAGES:
        raise InvalidArgumentError(f"language {language!r} is not one of {', '.join(LANGUAGES)}")
    _check_name(name)
    folder = Path(directory, name)
    words = _words(name, _LANGUAGES[language])
    try:
        folder.mkdir()
        for template in ("common", language):
            _fill(_TEMPLATES / template, folder, words)
    except FileExistsError:
        raise FailedPreconditionError(f"{folder} exists already; take another name") from None
    except OSError as error:
        raise FailedPreconditionError(f"cannot write {error.filename}: {error.strerror}") from error
    from ovserve.testing.tiny_model import write_tiny_model

    write_tiny_model(folder / "models/tiny")
    return folder


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidArgumentError(
            f"the name {name!r} will not do: a letter, then letters, digits and _, all small, 40 at most"
        )
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in _TAKEN:
        raise InvalidArgumentError(f"the name {name!r} has a meaning of its own; take another one")


# Words of the languages, and modules that a Python file of that name would hide.
_TAKEN = frozenset(
    re.findall(
        r"\w+",
        """auto bool char const crate double enum extern float fn impl int long mod move mut new pub ref self
        short signed sizeof static struct super switch this trait typedef union unsafe unsigned use virtual
        void numpy openvino ovserve pytest test tests""",
    )
)


def _words(name: str, language: _Language) -> dict[str, str]:
    words = {"@NAME@": name, "@CLASS@": "".join(part.capitalize() for part in name.split("_")) + "Loader"}
    described = {
        "@TARGETS@": (_TEMPLATES / "targets.mk").read_text(),
        "@LANGUAGE@": language.title,
        "@SOURCE@": language.source,
        "@LIBRARY_PATH@": language.library_path,
        "@BUILDS@": language.builds,
    }
    return {**{key: _replaced(text, words) for key, text in described.items()}, **words}


def _fill(template: Path, folder: Path, words: dict[str, str]) -> None:
    for source in sorted(template.rglob("*")):
        if source.is_dir():
            continue
        name = str(source.relative_to(template)).removesuffix(_UNFINISHED)
        target = folder / _replaced(name, words)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_replaced(source.read_text(), words))


def _replaced(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text
