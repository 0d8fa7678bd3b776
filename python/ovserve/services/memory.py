"""Whether the kernel has killed processes for lack of memory."""

from pathlib import Path

_CGROUP_ROOT = Path("/sys/fs/cgroup")


def oom_kills() -> int:
    """Return how many processes of this process's control group the kernel has killed, 0 if unknown."""
    try:
        line = Path("/proc/self/cgroup").read_text("ascii").splitlines()[-1]
        events = _CGROUP_ROOT / line.rpartition(":")[2].lstrip("/") / "memory.events"
        counts = dict(each.split() for each in events.read_text("ascii").splitlines())
        return int(counts.get("oom_kill", 0))
    except (OSError, ValueError, IndexError):
        return 0
