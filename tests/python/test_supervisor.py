"""Signals and exit codes, each in a process of its own."""

import signal
import subprocess
import sys

import pytest

SCRIPT = """
import os, sys, threading, time
from ovserve.supervisor import Supervisor

def start():
    if "fail" in sys.argv:
        raise ValueError("cannot start")
    print("started", flush=True)
    if "busy" in sys.argv:
        time.sleep(600)

def stop():
    print("stopping", flush=True)
    if "hang" in sys.argv:
        threading.Event().wait()
    return "unclean" not in sys.argv

if "unclean" in sys.argv:
    threading.Thread(target=threading.Event().wait).start()
code = Supervisor(start, stop).run()
print("returned", code, flush=True)
sys.exit(code)
"""


def spawn(*how: str, script: str = SCRIPT) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", script, *how], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    if "fail" not in how:
        assert process.stdout.readline() == "started\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("how", [(), ("busy",)], ids=["idle", "while it starts"])
def test_a_signal_stops(number: signal.Signals, how: tuple[str, ...]) -> None:
    process = spawn(*how)
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (0, "stopping\nreturned 0\n", "")


def test_a_hanging_thread_does_not_keep_the_process() -> None:
    process = spawn("unclean")
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, "stopping\n")


def test_a_second_signal_ends_the_process_at_once() -> None:
    process = spawn("hang")
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    assert process.stdout.readline() == "stopping\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT


def test_what_start_raises_comes_out() -> None:
    process = spawn("fail")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "ValueError: cannot start" in errors


def test_what_was_there_at_the_start_is_not_looked_through_again() -> None:
    waits = "import gc\n    while gc.get_freeze_count() < 1000:\n        time.sleep(0.01)\n"
    script = SCRIPT.replace('    print("stopping"', f'    {waits}    print("stopping"')
    assert script != SCRIPT
    process = spawn(script=script)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert output == "stopping\nreturned 0\n"
