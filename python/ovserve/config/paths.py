"""Rules for the paths that a configuration holds."""

import os
from pathlib import Path

_CLOUD_SCHEMES = ("s3://", "gs://", "az://", "azfs://")


def directory_of(config_path: str | Path) -> str:
    """Return the absolute folder that a configuration file's relative paths start from."""
    folder = Path(config_path).absolute().parent
    # Links stay as the user named them, unless ".." makes the name ambiguous.
    return str(folder.resolve() if ".." in folder.parts else folder)


def resolve(path: str, directory: str) -> str:
    """Return ``path`` if absolute, else below ``directory``; the spelling stays otherwise."""
    return os.path.join(directory, path)


def escape_problem(path: str) -> str | None:
    """Say why a path that climbs upwards is refused; None for any other."""
    if ".." in path.split("/"):
        return f'the path "{path}" contains ".."; write an absolute path without it'
    return None


def cloud_scheme(path: str) -> str | None:
    """Return the cloud storage scheme that ``path`` begins with, e.g. ``s3://``."""
    return next((scheme for scheme in _CLOUD_SCHEMES if path.lower().startswith(scheme)), None)
