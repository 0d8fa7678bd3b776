"""When the loaders are asked which versions are blacklisted."""

from ovserve._core import Core
from ovserve.polling.periodic import Periodic


def blacklist_watch(core: Core, interval_s: float) -> Periodic:
    """Ask every loader about its versions once per interval.

    The core only notes the questions and returns: one worker per library carries them out, so a question
    that hangs delays neither this thread nor the other libraries. A thread apart from the one that reads
    configuration and directories, because a license is asked about even while a file system hangs.
    """
    return Periodic("blacklist watch", interval_s, lambda: core.check_blacklist(wait=False))
