"""What authors of Python loaders subclass, and what their loaders hand over."""

import enum
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class BlacklistStatus(enum.Enum):
    """Whether a version may be served."""

    ALLOWED = "allowed"
    BLACKLISTED = "blacklisted"


@dataclass(frozen=True, slots=True)
class ModelBuffers:
    """One model version in memory.

    ``model`` and ``weights`` are any objects with the buffer protocol whose bytes lie in one piece: bytes,
    bytearray, memoryview, mmap, a numpy array. Nothing is copied: OpenVINO reads the weights where they
    are, and the objects are kept until it is done with them, which is before ``unload_model`` is called.
    So do not change them meanwhile. (An ONNX model is copied once; a model's XML text is only read.)
    """

    kind: Literal["IR", "ONNX", "BLOB"]
    """``"IR"``: XML text in ``model`` and the .bin file's content in ``weights``; ``"ONNX"``: a file that
    is complete in itself; ``"BLOB"``: what ``CompiledModel.export_model`` writes."""
    model: "ReadableBuffer" = field(repr=False)
    weights: "ReadableBuffer" = field(default=b"", repr=False)
    """Only for ``"IR"``; empty if the model has no constants."""


class CustomLoader(ABC):
    """A source of models, named in the configuration by ``"library_path": "my_loader.py:MyLoader"``.

    Example::

        class MyLoader(ovserve.CustomLoader):
            def load_model(self, name, base_path, version, options):
                folder = Path(base_path, str(version))
                xml = decrypt(folder / options["model_file"])
                return ovserve.ModelBuffers("IR", xml, decrypt(folder / options["bin_file"]))

    The server makes one object per ``loader_name``, without arguments, and calls :meth:`init` first. All
    calls into loaders of one file (or one module) come from one thread, one after another, so no locks are
    needed among them. Every exception is caught: its traceback goes to the log, logger ``ovserve.loader``,
    and its last line is the cause that the status of the model shows.
    """

    def init(self, config_file: str) -> None:  # noqa: B027
        """Get ready. An exception means that this loader is not used; the server tries again later.

        Args:
            config_file: ``loader_config_file`` exactly as written in the configuration, so a relative path
                starts at the server's working directory; empty if not given.
        """

    @abstractmethod
    def load_model(self, name: str, base_path: str, version: int, options: dict[str, Any]) -> ModelBuffers:
        """Load one version of a model.

        For every call there is exactly one :meth:`unload_model`, also when it failed.

        Args:
            name: the model's ``name``.
            base_path: the model's ``base_path``, absolute; by convention the files of a version lie in
                ``base_path/version``.
            version: 1 or more.
            options: ``custom_loader_options`` as the configuration has them, ``loader_name`` included.

        Raises:
            ModelBlacklistedError: from :mod:`ovserve`: the version must not be served at present; the
                server asks :meth:`blacklist_status` when this has changed.
            Exception: anything else means that it could not be loaded; the server tries again later.
        """

    def blacklist_status(self, name: str, version: int) -> BlacklistStatus:
        """Say whether a version may be served.

        Asked in every poll cycle for every version that :meth:`load_model` was ever called for, unloaded
        ones included until the model is retired, so answer from memory. BLACKLISTED takes the version out
        of service, a later ALLOWED brings it back through :meth:`load_model`. After an exception all stays
        as it is, unless the configuration says ``"on_blacklist_error": "disable"``.
        """
        return BlacklistStatus.ALLOWED

    def unload_model(self, name: str, version: int) -> None:  # noqa: B027
        """Forget a version: the server holds nothing of it any more, the buffers included."""

    def retire_model(self, name: str) -> None:  # noqa: B027
        """Hear that a model leaves with all its versions; their :meth:`unload_model` calls follow."""

    def deinit(self) -> None:  # noqa: B027
        """End: the last call. Stop your threads here."""
