"""What a loader that ``ovserve loader embed`` made into a shared library calls in Python.

The C++ side is ``ovserve/workbench/embedded_loader.cpp``. Nothing here needs the native core: the host may
be another server.
"""

import linecache
import os

from ovserve.errors import FailedPreconditionError
from ovserve.loaders.custom_loader import CustomLoader
from ovserve.loaders.find_class import class_in, module_of_source
from ovserve.loaders.guarded_loader import CheckedBuffers, GuardedLoader


class EmbeddedLoader(GuardedLoader):
    """What the shared library's C++ class calls."""

    def load_for_abi(self, name: str, base_path: str, version: int, options: str) -> CheckedBuffers | None:
        """Call ``load_model``; None for a version that is blacklisted: the interface has a status for it."""
        try:
            return self.load(name, base_path, version, options)
        except FailedPreconditionError:
            return None


def create(library: str, file_name: str, source: bytes, class_name: str, config_file: str) -> EmbeddedLoader:
    """Run the source that a library carries, make an object of its class and initialise it.

    To the source it is as if it lay beside the library: that is its ``__file__``.

    Raises:
        InternalError: any of it failed.
    """
    origin = f"{os.path.realpath(library)}:{file_name}"
    file = os.path.join(os.path.dirname(os.path.realpath(library)), file_name)

    def make_class() -> type[CustomLoader]:
        # Tracebacks show lines of this source, whatever lies there.
        lines = source.decode(errors="replace").splitlines(keepends=True)
        linecache.cache[file] = (len(source), None, lines, file)
        return class_in(module_of_source(source, file, origin), class_name, origin)

    loader = EmbeddedLoader(file_name, make_class, origin)
    loader.init(config_file)
    return loader
