"""The environment of workers: what they inherit, and what the server sets for them."""

import fnmatch
import os
import re
from collections.abc import Mapping
from pathlib import Path

from ovserve.services.spec import ServiceSpec

WORKER_SIDE = Path(__file__).parent / "worker_side"
"""The folder that workers import their side from."""

WORKER_TAG = "OVSERVE_WORKER_TAG"

# No names that are used for secrets, nor what changes which code is run.
_USUALLY_INHERITED = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TZ",
    "TERM",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
    "XDG_CACHE_HOME",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CUDA_*",
    "NVIDIA_VISIBLE_DEVICES",
    "ZE_*",
    "ONEAPI_*",
    "OMP_*",
    "KMP_*",
    "MKL_*",
    "OPENVINO_*",
    "OV_*",
    "TS_REQUEST_SEQUENCE_*",
    "LIMIT_MAX_IMAGE_PIXELS",
)
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def worker_environment(
    spec: ServiceSpec, tag: str, run_directory: str, own: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the environment of a worker.

    Args:
        spec: says what is inherited: what ``environment_blocked`` does not match, if it is given, else the
            usual variables and ``environment_allowed``.
        tag: tells the worker and all that it starts from everything else.
        run_directory: the worker's own.
        own: the server's environment.
    """
    if spec.environment_blocked is not None:
        blocked = re.compile(spec.environment_blocked)
        inherited = {name: value for name, value in own.items() if not blocked.fullmatch(name)}
    else:
        allowed = (*_USUALLY_INHERITED, *spec.environment_allowed)
        inherited = {
            name: value
            for name, value in own.items()
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in allowed)
        }
    threads = dict.fromkeys(_THREAD_VARIABLES, str(spec.threads))
    if spec.threads_per_worker is None:  # what the user set for the server stays
        threads = {name: value for name, value in threads.items() if name not in inherited}
    set_here = {
        **inherited,
        **threads,
        "TS_DECODE_INPUT_REQUEST": "true" if spec.decode_requests else "false",
        "PYTHONDONTWRITEBYTECODE": "1",
        **spec.environment,
    }
    paths = [str(WORKER_SIDE), set_here.get("PYTHONPATH", "")]
    return {
        **set_here,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "TMPDIR": run_directory,
        WORKER_TAG: tag,
    }
