"""What to put into an archive, in the words of TorchServe's and of Multi Model Server's archiver."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ovserve.archive.names import check_model_name
from ovserve.archive.refusals import PackingError


class Style(Enum):
    """Whose archive is written; they differ in the manifest and in which files go in."""

    TORCHSERVE = "TorchServe"
    MULTI_MODEL_SERVER = "Multi Model Server"


RUNTIMES = {
    Style.TORCHSERVE: ("python", "python3", "LSP"),
    Style.MULTI_MODEL_SERVER: ("python", "python2", "python3"),
}
FORMATS = {"default": ".mar", "zip-store": ".mar", "tgz": ".tar.gz", "no-archive": ""}
"""The forms that an archive can have, and how its name ends then."""


@dataclass(frozen=True, slots=True)
class ArchiveRequest:
    """One archive to write. With a version it is one for TorchServe, without one for Multi Model Server."""

    model_name: str
    """Also the name of the file."""

    handler: str
    """``file.py`` or ``module``, also with ``:function``, or the name of a handler of the server's own."""

    version: str | None = None
    model_path: str | None = None
    """Directory that is packed as a whole; with a version, relative names are looked for there first."""

    serialized_file: str | None = None
    model_file: str | None = None
    extra_files: str | Sequence[str] = ()
    """Files, directories (their content) and patterns; one text separates them by commas."""

    requirements_file: str | None = None
    config_file: str | None = None
    runtime: str = "python"
    export_path: str | None = None
    """Existing directory for the result; None is the working directory."""

    archive_format: str = "default"
    """One of :data:`FORMATS`."""

    force: bool = False
    """Replace what has the archive's name."""

    convert: bool = False
    """Ask for a conversion of the ``.onnx`` file in ``model_path``, which only passes if there is none."""

    digests: bool = False
    """Record the SHA-256 of every member in the manifest."""

    reproducible: bool = False
    """The same files give the same bytes: times are SOURCE_DATE_EPOCH or 1980, owners and modes plain."""

    @property
    def style(self) -> Style:
        """Whose archive it is."""
        return Style.MULTI_MODEL_SERVER if self.version is None else Style.TORCHSERVE

    @property
    def extras(self) -> tuple[str, ...]:
        """The extra files one by one, without blanks around them."""
        given = self.extra_files.split(",") if isinstance(self.extra_files, str) else self.extra_files
        return tuple(name.strip() for name in given if name.strip())

    @property
    def file_name(self) -> str:
        """The name of the result in the export path."""
        return self.model_name + FORMATS[self.archive_format]


def check_request(request: ArchiveRequest) -> None:
    """Refuse what no archive can be made of, before a file is looked at.

    Raises:
        InvalidArgumentError: a value is wrong; the message names it.
    """
    check_model_name(request.model_name)
    if request.archive_format not in FORMATS:
        raise PackingError(f"archive format {request.archive_format!r}: expected one of {', '.join(FORMATS)}")
    runtimes = RUNTIMES[request.style]
    if request.runtime not in runtimes:
        raise PackingError(f"runtime {request.runtime!r}: expected one of {', '.join(runtimes)}")
    if not request.handler:
        raise PackingError("the handler is missing")
    if request.version == "":
        raise PackingError("the version is empty")
    if request.style is Style.TORCHSERVE:
        if request.convert:
            raise PackingError("convert goes with model_path alone, without a version")
        return
    if request.model_path is None:
        raise PackingError("neither a version nor a model_path is given")
    single = ("serialized_file", "model_file", "extra_files", "requirements_file", "config_file")
    misplaced = [name for name in single if getattr(request, name)]
    if misplaced:
        raise PackingError(f"{', '.join(misplaced)}: needs a version; model_path alone is packed as a whole")
