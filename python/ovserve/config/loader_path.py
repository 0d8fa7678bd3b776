"""How ``library_path`` tells a loader written in Python from a shared library.

``cpp/bindings/loader_path.cpp`` holds the same rule for the core; one test has the examples for both.
"""

from dataclasses import dataclass

from ovserve.config.paths import resolve

_SUFFIX = ".py"


@dataclass(frozen=True, slots=True)
class PythonLoaderPath:
    """``my_loader.py:MyLoader`` or ``package.module:MyLoader``."""

    source: str  # a file, or a module's full name
    class_name: str

    @property
    def is_file(self) -> bool:
        """Whether the source is a file and not a module."""
        return self.source.endswith(_SUFFIX)


def python_loader_path(text: str) -> PythonLoaderPath | None:
    """Take ``library_path`` apart; None for a shared library, which is everything else."""
    source, colon, class_name = text.rpartition(":")
    if not colon or not _is_identifier(class_name):
        return None
    if source.endswith(_SUFFIX) or all(_is_identifier(part) for part in source.split(".")):
        return PythonLoaderPath(source, class_name)
    return None


def resolve_loader_path(text: str, directory: str) -> str:
    """Return the path with its file below ``directory``; a module's name stays as it is."""
    python = python_loader_path(text)
    return text if python is not None and not python.is_file else resolve(text, directory)


def loader_path_problem(text: str) -> str | None:
    """Say why a path cannot be a loader's, before anything is opened; None if it can."""
    if text.endswith(_SUFFIX):
        return f'the Python file "{text}" needs its class too; write "{text}:NameOfTheClass"'
    source, separator, class_name = text.rpartition(f"{_SUFFIX}:")
    if separator and python_loader_path(text) is None:
        return f'"{class_name}" cannot be a class of "{source}{_SUFFIX}"; write the name of one in that file'
    return None


def _is_identifier(text: str) -> bool:
    # As the core has it, which knows nothing of Unicode's letters.
    if not text or text[0] in "0123456789":
        return False
    return all(character == "_" or character.isalnum() or not character.isascii() for character in text)
