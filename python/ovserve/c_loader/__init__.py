"""Drive loaders of the C interface from Python, one function at a time.

The header ``ovserve/c_loader.h`` is the single source: its declarations are read when they are first needed.
Nothing stands between caller and library here, unlike in :class:`ovserve.LoaderLibrary`, which opens such
libraries too and treats them as the server does. Use this to see exactly what a library answers::

    from ovserve.c_loader import CLoaderLibrary

    library = CLoaderLibrary("libmapped.so")
    with library.create() as loader:
        options = {"loader_name": "mapped", "model_file": "digits.xml"}
        loaded = loader.load("digits", "models/digits", 1, options)
        print(loaded.kind, len(loaded.weights))
        loaded.close()
        loader.unload("digits", 1)
"""

from ovserve.c_loader.header import LogLevel, Status, header_path
from ovserve.c_loader.host import Host, Progress
from ovserve.c_loader.library import CallFailedError, CLoader, CLoaderLibrary, CModel

__all__ = [
    "CLoader",
    "CLoaderLibrary",
    "CModel",
    "CallFailedError",
    "Host",
    "LogLevel",
    "Progress",
    "Status",
    "header_path",
]
