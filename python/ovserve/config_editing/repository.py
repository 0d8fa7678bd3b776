"""Which models lie in a repository: directories with version directories that hold a model."""

import os
from dataclasses import dataclass

from ovserve.config.refusals import UnreadableFileError
from ovserve.config.versions import scan_versions

_ONE_FILE_MODELS = (".onnx", ".pb", ".tflite")
_TWO_FILE_MODELS = ((".xml", ".bin"), (".pdmodel", ".pdiparams"))
_GRAPH_FILE = "graph.pbtxt"


@dataclass(frozen=True, slots=True)
class RepositoryContent:
    """Names relative to the repository, sorted. ``graphs`` are MediaPipe graphs, which are not served."""

    models: tuple[str, ...]
    graphs: tuple[str, ...]


def list_repository(repository: str) -> RepositoryContent:
    """Look through a repository, below which models may lie at any depth.

    Raises:
        UnreadableFileError: there is no such directory, or it cannot be read.
    """
    models: list[str] = []
    graphs: list[str] = []
    try:
        os.scandir(repository).close()
    except OSError as error:
        raise UnreadableFileError(f"model repository {repository}: {error.strerror or error}") from error
    above: tuple[str, ...] = (os.path.realpath(repository),)
    pending = [(name, above) for name in _directories(repository)]
    while pending:
        name, above = pending.pop()
        path = os.path.join(repository, name)
        here = os.path.realpath(path)
        if here in above:
            continue  # a link that leads back
        if os.path.isfile(os.path.join(path, _GRAPH_FILE)):
            graphs.append(name)
        elif any(_holds_model(version) for version in (scan_versions(path).versions or {}).values()):
            models.append(name)
        else:
            pending += [(f"{name}/{child}", (*above, here)) for child in _directories(path)]
    return RepositoryContent(tuple(sorted(models)), tuple(sorted(graphs)))


def _directories(path: str) -> list[str]:
    try:
        with os.scandir(path) as found:
            return [entry.name for entry in found if entry.is_dir() and not entry.name.startswith(".")]
    except OSError:
        return []  # of somebody else: not this user's to serve


def _holds_model(version: str) -> bool:
    try:
        suffixes = {os.path.splitext(name)[1] for name in os.listdir(version)}
    except OSError:
        return False
    return any(one in suffixes for one in _ONE_FILE_MODELS) or any(
        suffixes.issuperset(both) for both in _TWO_FILE_MODELS
    )
