import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from perf.measuring.processes import family, memory_of, processor_time_s

Eventually = Callable[[Callable[[], bool]], None]

_PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
_BUSY = "\nwhile True: pass"


def test_family_has_children_of_children(eventually: Eventually) -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdin=subprocess.PIPE) as parent:
        eventually(lambda: len(family(parent.pid)) == 2)
        assert family(parent.pid)[0] == parent.pid
        parent.communicate()


def test_processor_time_grows_with_work(eventually: Eventually) -> None:
    with subprocess.Popen([sys.executable, "-c", _BUSY]) as busy:
        eventually(lambda: processor_time_s([busy.pid]) > 0.2)
        ticks = Path(f"/proc/{busy.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
        assert abs(processor_time_s([busy.pid]) - sum(map(int, ticks)) / 100) < 0.5
        busy.kill()


def test_memory_counts_what_a_process_holds() -> None:
    holds = "import sys; block = b'x' * (64 << 20); print(len(block), flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holds], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        memory = memory_of([holder.pid])
        assert 64 < memory.proportional <= memory.resident < 200
        assert memory_of([holder.pid, holder.pid]).resident > 1.9 * memory.resident
        holder.communicate()
