"""Why an archive cannot be written or used, beside the errors of :mod:`ovserve.errors`."""

from ovserve.errors import AlreadyExistsError, InvalidArgumentError


class PackingError(InvalidArgumentError):
    """The archive cannot be written: a file is missing, two would have one name, a link leads elsewhere."""


class ArchiveExistsError(AlreadyExistsError):
    """The file or directory to write is there already."""


class ArchiveError(InvalidArgumentError):
    """The archive cannot be used; the message names it, the member if it is one member's fault, and why."""


class UnsafeArchiveError(ArchiveError):
    """A member would leave the directory, is no plain file, or the archive is larger than allowed."""


class InvalidManifestError(ArchiveError):
    """The manifest or the model's YAML file is unreadable, incomplete or wrong."""


class DigestError(ArchiveError):
    """The content is not what the recorded or expected digest says."""


class SignatureError(ArchiveError):
    """No signature, one by a key that is not trusted, or one of another content."""
