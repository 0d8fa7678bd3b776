"""Writing an archive: from a request to a file that is there as a whole or not at all."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ovserve.archive.containers import Container, DirectoryContainer, TarContainer, ZipContainer
from ovserve.archive.digests import file_digest
from ovserve.archive.manifest_text import manifest_text
from ovserve.archive.names import MANIFEST_FOLDER, MANIFEST_MEMBER, MANIFEST_NAME
from ovserve.archive.refusals import ArchiveExistsError, PackingError
from ovserve.archive.request import ArchiveRequest, check_request
from ovserve.archive.sources import Sources, collect_sources


@dataclass(frozen=True, slots=True)
class WrittenArchive:
    """What was written."""

    path: Path
    members: tuple[str, ...]
    """All names in the archive, the manifest last."""

    warnings: tuple[str, ...] = ()


def write_archive(request: ArchiveRequest) -> WrittenArchive:
    """Write an archive into the request's export path.

    It is written beside its place and put there when it is complete, so that a server that watches the
    directory never sees half of it, and any number of these calls may run at once.

    Raises:
        ArchiveExistsError: it is there already, and ``force`` is not set.
        InvalidArgumentError: a value is wrong, a file is missing, or two files would have one name.
        OSError: a file cannot be read, or the export path not be written to.
    """
    check_request(request)
    folder = request.export_path if request.export_path is not None else os.getcwd()
    if not os.path.isdir(folder):
        raise PackingError(
            f"Given export-path {folder} is not a directory. Point to a valid export-path directory."
        )
    if request.model_path is not None and not os.path.isdir(request.model_path):
        raise PackingError(
            f"Given model-path {request.model_path} is not a valid directory. "
            "Point to a valid model-path directory."
        )
    path = os.path.join(folder, request.file_name)
    exists = os.path.lexists(path)
    if exists and not request.force:
        raise _exists(path)
    _check_conversion(request)
    in_place = _is_in_place(request, path)
    # The directory that becomes the archive is not its own older edition.
    sources = collect_sources(request, "" if in_place else path)
    if in_place:
        _write_manifest_into(path, request, sources)
    elif request.archive_format == "no-archive":
        _write_directory(path, request, sources)
    else:
        _write_file(path, request, sources)
    warnings = [f"Overwriting {path} ..."] if exists else []
    return WrittenArchive(Path(path), (*sources.files, MANIFEST_MEMBER), tuple(warnings + sources.warnings))


def _exists(path: str) -> ArchiveExistsError:
    return ArchiveExistsError(f"{path} already exists. Please specify --force/-f option to overwrite it.")


def _check_conversion(request: ArchiveRequest) -> None:
    """Pass if there is nothing to convert, like the archiver that converted to MXNet."""
    if not request.convert or request.model_path is None:
        return
    found = sorted(name for name in os.listdir(request.model_path) if name.endswith(".onnx"))
    if len(found) > 1:
        raise PackingError(
            f"only one .onnx file is expected in {request.model_path}, found {len(found)}: {', '.join(found)}"
        )
    if found:
        raise PackingError(
            f"{found[0]} is not converted to MXNet: OpenVINO reads ONNX as it is; leave --convert out"
        )


def _is_in_place(request: ArchiveRequest, path: str) -> bool:
    """Tell whether the packed directory itself is to become the archive: it only lacks a manifest."""
    return (
        request.archive_format == "no-archive"
        and request.model_path is not None
        and os.path.isdir(path)
        and os.path.samefile(path, request.model_path)
    )


def _fill(container: Container, request: ArchiveRequest, sources: Sources) -> None:
    with container:
        digests = {member: container.add(member, path) for member, path in sources.files.items()}
        container.finish(manifest_text(request, digests if request.digests else {}))


def _write_file(path: str, request: ArchiveRequest, sources: Sources) -> None:
    with _aside(path) as aside:
        with open(aside, "wb") as file:
            _fill(
                TarContainer(file, request.model_name, request.reproducible)
                if request.archive_format == "tgz"
                else ZipContainer(file, request.archive_format == "zip-store", request.reproducible),
                request,
                sources,
            )
            file.flush()
            os.fchmod(file.fileno(), 0o666 & ~_umask())
            os.fsync(file.fileno())
        if request.force:
            if os.path.isdir(path):
                raise PackingError(f"{path} is a directory; remove it first")
            os.replace(aside, path)
        else:
            _put_new(aside, path)


def _put_new(aside: str, path: str) -> None:
    """Put a file in a place that is free; unlike a rename this never replaces what came meanwhile."""
    try:
        os.link(aside, path)
    except FileExistsError:
        raise _exists(path) from None
    except OSError:  # a file system without hard links
        os.replace(aside, path)


def _write_directory(path: str, request: ArchiveRequest, sources: Sources) -> None:
    if os.path.lexists(path) and not os.path.isfile(os.path.join(path, MANIFEST_MEMBER)):
        raise PackingError(f"{path} is there and no model archive; remove it first, or take another name")
    with _aside(path, directory=True) as aside:
        _fill(DirectoryContainer(aside, request.reproducible), request, sources)
        os.chmod(aside, 0o777 & ~_umask())
        if not os.path.lexists(path):
            os.rename(aside, path)
            return
        with _aside(path, directory=True) as older:
            kept = os.path.join(older, "older")
            os.rename(path, kept)
            try:
                os.rename(aside, path)
            except OSError:
                os.rename(kept, path)
                raise


def _write_manifest_into(path: str, request: ArchiveRequest, sources: Sources) -> None:
    outside = [file for member, file in sources.files.items() if not _is_at(file, os.path.join(path, member))]
    if outside:
        raise PackingError(f"{outside[0]} is not where it belongs in {path}; export to another directory")
    digests = {member: file_digest(file) for member, file in sources.files.items()} if request.digests else {}
    folder = os.path.join(path, MANIFEST_FOLDER)
    os.makedirs(folder, exist_ok=True)
    with _aside(os.path.join(folder, MANIFEST_NAME)) as aside:
        Path(aside).write_text(manifest_text(request, digests))
        os.chmod(aside, 0o666 & ~_umask())
        os.replace(aside, os.path.join(path, MANIFEST_MEMBER))


def _is_at(file: str, place: str) -> bool:
    return os.path.exists(place) and os.path.samefile(file, place)


@contextlib.contextmanager
def _aside(path: str, directory: bool = False) -> Iterator[str]:
    """Lend a hidden private place beside a path; whatever is there in the end is removed."""
    folder, name = os.path.split(path)
    if directory:
        aside = tempfile.mkdtemp(prefix=f".{name}.", suffix=".new", dir=folder)
    else:
        handle, aside = tempfile.mkstemp(prefix=f".{name}.", suffix=".new", dir=folder)
        os.close(handle)
    try:
        yield aside
    finally:
        if directory:
            shutil.rmtree(aside, ignore_errors=True)
        else:
            Path(aside).unlink(missing_ok=True)


def _umask() -> int:
    """Return the mask for new files without changing it, which other threads would notice."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("Umask:"):
            return int(line.split()[1], 8)
    return 0o022
