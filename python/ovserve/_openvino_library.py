"""Finding OpenVINO's shared library when it does not lie where the native core looks first.

The core looks in the sibling package, ``../openvino/libs``. When the two packages are installed in different
places (an editable install, a user's site directory over a system one), the library is loaded from where
Python would import it; the dynamic linker then takes the one that is already there, by its SONAME.
"""

import contextlib
import ctypes
import importlib.util
from pathlib import Path


def load_from_elsewhere() -> None:
    """Load libopenvino if it is not in the sibling package; does nothing if it is nowhere.

    In that case importing the core fails with the linker's message, which names the library.
    """
    if (Path(__file__).resolve().parent.parent / "openvino" / "libs").is_dir():
        return
    spec = importlib.util.find_spec("openvino")  # finds it without running its code
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for library in sorted(Path(folder, "libs").glob("libopenvino.so.*")):
            with contextlib.suppress(OSError):
                ctypes.CDLL(str(library))
                return
