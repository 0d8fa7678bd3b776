"""What ovserve/c_loader.h declares, as cffi reads it."""

import functools
import re
from enum import IntEnum
from pathlib import Path

import cffi

from ovserve.errors import InternalError

_FOR_CPP_ALONE = re.compile(r"^#ifdef __cplusplus$.*?^#endif$", re.MULTILINE | re.DOTALL)
_PREPROCESSOR = re.compile(r"^#(?:.*\\\n)*.*$", re.MULTILINE)


class Status(IntEnum):
    """What functions of a loader return."""

    OK = 0
    MODEL_TYPE_IR = 1
    MODEL_TYPE_ONNX = 2
    MODEL_TYPE_BLOB = 3
    MODEL_LOAD_ERROR = 4
    MODEL_BLACKLISTED = 5
    INTERNAL_ERROR = 6


class LogLevel(IntEnum):
    """Levels of a loader's log lines."""

    TRACE = 0
    DEBUG = 1
    INFO = 2
    WARNING = 3
    ERROR = 4


def header_path() -> Path:
    """Return where the header lies; ``ovserve --includes`` names its include directory."""
    return Path(__file__).resolve().parents[1] / "include" / "ovserve" / "c_loader.h"


def declarations(header: str) -> str:
    """Return the C declarations of the header's text, without what the preprocessor is for."""
    return _PREPROCESSOR.sub("", _FOR_CPP_ALONE.sub("", header))


@functools.cache
def interface() -> cffi.FFI:
    """Return the interface with all types of the header. Reads the header once.

    Raises:
        InternalError: the header is not where it was installed.
    """
    path = header_path()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InternalError(f"{path}: {error.strerror}; install ovserve again") from error
    ffi = cffi.FFI()
    ffi.cdef(declarations(text))
    return ffi
