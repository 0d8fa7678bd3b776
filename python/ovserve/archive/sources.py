"""Which files go into an archive, and under which names."""

import glob
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from ovserve.archive.names import MANIFEST_MEMBER, MANIFEST_NAME, member_path
from ovserve.archive.refusals import PackingError, UnsafeArchiveError
from ovserve.archive.request import ArchiveRequest, Style

HANDLERS_OF_SERVERS = (
    "base_handler",
    "text_classifier",
    "image_classifier",
    "object_detector",
    "image_segmenter",
    "dali_image_classifier",
    "vllm_handler",
    "trt_llm_handler",
)
"""Names that stand for a handler of TorchServe; there is no file to pack."""

_LSP_HANDLERS = ("BaseHandler", "TorchScriptHandler")
_LEFT_OUT_DIRECTORIES = ("__MACOSX", "__pycache__")
_LEFT_OUT_FILES = (".pyc", ".DS_Store", ".mar", f"/{MANIFEST_NAME}")  # ends of paths; of a model path only


@dataclass(slots=True)
class Sources:
    """Member name to the file that it is made of, in the order of the archive."""

    files: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add(self, member: str, path: str) -> None:
        """Note a file.

        Raises:
            PackingError: another file has that name already, or it is no plain file.
        """
        before = self.files.get(member)
        if before is not None:
            if os.path.samefile(before, path):
                return
            raise PackingError(
                f"{before} and {path} would both be {member} in the archive; rename one of them"
            )
        if member == MANIFEST_MEMBER:
            raise PackingError(
                f"{path} has the name of the manifest, {member}, which is written for each archive"
            )
        try:
            member_path(member)
        except UnsafeArchiveError as error:  # our own unpacking, too, would refuse it
            raise PackingError(f"{os.path.dirname(path) or '.'}: {error}") from None
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise PackingError(f"{path} is not a plain file")
        self.files[member] = path


def collect_sources(request: ArchiveRequest, result_path: str) -> Sources:
    """Find every file of an archive.

    Links are followed where the request names them; links in a directory only to files of the same directory.

    Args:
        request: what was asked for, checked.
        result_path: the archive to be written; an older one in a packed directory is left out.

    Raises:
        PackingError: a file is missing or not plain, two would have one name, a link leads elsewhere.
        OSError: a file or directory cannot be read.
    """
    sources = Sources()
    result = os.path.realpath(result_path)
    for path in _single_files(request):
        sources.add(os.path.basename(path), path)
    for name in request.extras:
        for path in _matches(request, name, sources.warnings):
            if os.path.isdir(path):
                for member, file in _Tree(path, result, ()).files():
                    sources.add(member, file)
            else:
                sources.add(os.path.basename(path), path)
    if request.model_path is not None:
        for member, file in _Tree(request.model_path, result, _LEFT_OUT_FILES).files():
            sources.add(member, file)
    sources.files = dict(sorted(sources.files.items()))
    _check_directories(sources.files)
    return sources


def handler_file(request: ArchiveRequest) -> str | None:
    """Return the file that the handler means, or None if it comes with the server or is not looked for."""
    if request.style is Style.MULTI_MODEL_SERVER:
        return None
    folder, name = os.path.split(request.handler)
    module = name.partition(":")[0]
    if request.runtime == "LSP":
        return None if request.handler in _LSP_HANDLERS else os.path.join(folder, f"{module}.so")
    if request.handler in HANDLERS_OF_SERVERS:
        return None
    return os.path.join(folder, module if module.endswith(".py") else f"{module}.py")


def _single_files(request: ArchiveRequest) -> Iterator[str]:
    named = (
        ("model file", request.model_file),
        ("serialized file", request.serialized_file),
        ("handler", handler_file(request)),
        ("requirements file", request.requirements_file),
        ("config file", request.config_file),
    )
    for what, name in named:
        if not name:
            continue
        path = _looked_up(request, name)
        if not os.path.isfile(path):
            reason = "is not a file" if os.path.exists(path) else "does not exist"
            raise PackingError(f"{what} {name} {reason}{_also_looked_in(request, name)}")
        yield path


def _looked_up(request: ArchiveRequest, name: str) -> str:
    """Return where a name leads: into the model path if it is there, else from the working directory."""
    if request.model_path is not None:
        inside = os.path.join(request.model_path, name)
        if os.path.lexists(inside):
            return inside
    return name


def _also_looked_in(request: ArchiveRequest, name: str) -> str:
    if request.model_path is None or os.path.isabs(name):
        return ""
    return f", neither in {request.model_path} nor in the working directory"


def _matches(request: ArchiveRequest, name: str, warnings: list[str]) -> list[str]:
    path = _looked_up(request, name)
    if os.path.lexists(path):  # also if it looks like a pattern
        if not os.path.exists(path):
            raise PackingError(f"extra file {name} is a link to nothing")
        return [path]
    if not glob.has_magic(name):
        raise PackingError(f"extra file {name} does not exist{_also_looked_in(request, name)}")
    if request.model_path is not None:
        inside = sorted(glob.glob(os.path.join(glob.escape(request.model_path), name)))
        if inside:
            return inside
    found = sorted(glob.glob(name))
    if not found:
        warnings.append(f"no file matches the pattern {name}")
    return found


class _Tree:
    """All files of a directory that go into an archive.

    Args:
        top: the directory, whose own name is not in the archive.
        result: real path of the archive to be written, which is left out.
        left_out: how paths of files end that are left out.
    """

    def __init__(self, top: str, result: str, left_out: tuple[str, ...]) -> None:
        self._top = top
        self._real_top = os.path.realpath(top)
        self._result = result
        self._left_out = left_out

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield member names and paths."""
        if not os.path.isdir(self._top):
            raise PackingError(f"{self._top} is not a directory")
        yield from self._walk(self._top, "", ())

    def _walk(self, folder: str, prefix: str, above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        real_folder = os.path.realpath(folder)
        if real_folder in above:
            raise PackingError(f"{folder} is a link to a directory above it, which has no end")
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
        for entry in entries:
            if self._is_left_out(entry):
                continue
            if entry.is_symlink():
                self._check_link(entry.path)
            if entry.is_dir():
                yield from self._walk(entry.path, f"{prefix}{entry.name}/", (*above, real_folder))
            else:
                yield f"{prefix}{entry.name}", entry.path

    def _is_left_out(self, entry: os.DirEntry[str]) -> bool:
        if os.path.realpath(entry.path) == self._result:
            return True
        if entry.is_dir():
            return entry.name.startswith(".") or entry.name in _LEFT_OUT_DIRECTORIES
        return f"/{entry.name}".endswith(self._left_out)

    def _check_link(self, path: str) -> None:
        if not os.path.exists(path):
            raise PackingError(f"{path} is a link to nothing")
        real = os.path.realpath(path)
        if os.path.commonpath((real, self._real_top)) != self._real_top:
            raise PackingError(
                f"{path} is a link that leads out of the directory, to {real}; copy the file instead"
            )


def _check_directories(files: dict[str, str]) -> None:
    """Refuse a name that is a file in one place and a directory in another."""
    for member in files:
        parent = os.path.dirname(member)
        while parent:
            if parent in files:
                raise PackingError(f"{files[parent]} would be a file and a directory in the archive")
            parent = os.path.dirname(parent)
