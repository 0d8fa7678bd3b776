"""Whether the kernel has killed processes for lack of memory."""

from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_OWN_GROUP = Path("/proc/self/cgroup")


def oom_kills(root: Path = _ROOT, own_group: Path = _OWN_GROUP) -> int:
    """Return how many processes of this process's control group the kernel has killed, 0 if unknown.

    Args:
        root: where control groups are mounted.
        own_group: the file that says which is this process's.
    """
    try:
        line = own_group.read_text("ascii").splitlines()[-1]
        events = root / line.rpartition(":")[2].lstrip("/") / "memory.events"
        counts = dict(each.split() for each in events.read_text("ascii").splitlines())
        return int(counts.get("oom_kill", 0))
    except (OSError, ValueError, IndexError):
        return 0
