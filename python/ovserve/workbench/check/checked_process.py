"""The process in which a loader is checked: the request on standard input, events on a pipe."""

import ctypes
import faulthandler
import json
import os
import signal
import sys
import tempfile

from ovserve.workbench.check.journal import Journal
from ovserve.workbench.check.library_steps import LibrarySteps
from ovserve.workbench.check.plain_text import WatchedFolders
from ovserve.workbench.check.report import CheckRequest
from ovserve.workbench.check.stepping import Stepping

_PR_SET_PDEATHSIG = 1


def main(descriptor: int) -> None:
    """Take all steps.

    Args:
        descriptor: where events are written.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    faulthandler.enable()
    request = CheckRequest(**json.load(sys.stdin))
    sys.stdin.close()
    os.set_inheritable(descriptor, False)  # what a loader starts shall not hold the pipe
    stepping = Stepping(Journal(descriptor))
    folders = WatchedFolders.of(_watched(request))
    library = LibrarySteps(stepping, request.library)
    library.run()
    if library.usable:
        from ovserve.workbench.check.model_steps import ModelSteps  # brings numpy and OpenVINO

        ModelSteps(stepping, request, library.kind, folders).run()
    stepping.journal.done()


def _watched(request: CheckRequest) -> list[str]:
    folders = [tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm", os.getcwd()]
    return [*folders, os.path.join(request.base_path, str(request.version))] if request.base_path else folders


if __name__ == "__main__":
    main(int(sys.argv[1]))
