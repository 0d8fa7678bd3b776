"""Stops at the end of the interpreter."""

import subprocess
import sys

SCRIPT = """
from concurrent.futures import ThreadPoolExecutor
from ovserve.at_exit import stop_at_exit, stopped

pool = ThreadPoolExecutor(1)

class Part:
    def __init__(self, name):
        self.name = name
    def stop(self):
        pool.submit(print, self.name, flush=True).result()

parts = [Part(name) for name in "abc"]
for part in parts:
    stop_at_exit(part.stop)
stopped(parts[1].stop)
stopped(parts[1].stop)
print("end", flush=True)
"""


def test_the_last_to_start_is_stopped_first_while_pools_take_work() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\nc\na\n", "")
