import os
import subprocess
import sys
from pathlib import Path

import pytest

from ovserve.errors import DeadlineExceededError, NotFoundError
from ovserve.management.run_directory import LOCK_FILE, claimed, stop_server

SERVER = """
import signal, sys, threading
from ovserve.management.run_directory import claimed
stop = threading.Event()
asked = lambda *_: print("asked", flush=True) if "stubborn" in sys.argv else stop.set()
signal.signal(signal.SIGTERM, asked)
with claimed(sys.argv[1]) as found:
    print(found, flush=True)
    while not stop.wait(0.05):
        pass
print("ended", flush=True)
"""


def start(directory: Path, *arguments: str) -> "subprocess.Popen[str]":
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(directory), *arguments], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    assert server.stdout.readline() == "True\n"
    return server


def test_a_server_is_ended_in_order(tmp_path: Path) -> None:
    with start(tmp_path) as server:
        assert stop_server(str(tmp_path), 60.0) == server.pid
        assert server.communicate(timeout=60)[0] == "ended\n"
    assert not (tmp_path / LOCK_FILE).exists()
    with pytest.raises(NotFoundError, match="no server with services runs in"):
        stop_server(str(tmp_path), 60.0)


def test_a_server_that_was_killed_is_not_found_and_hinders_no_other(tmp_path: Path) -> None:
    with start(tmp_path) as server:
        server.kill()
        server.communicate()
    assert (tmp_path / LOCK_FILE).exists()
    with pytest.raises(NotFoundError):
        stop_server(str(tmp_path), 60.0)
    with claimed(str(tmp_path)) as found:
        assert found


def test_a_server_that_does_not_end(tmp_path: Path) -> None:
    with start(tmp_path, "stubborn") as server:
        try:
            with pytest.raises(
                DeadlineExceededError, match=f"process {server.pid} has not ended within 0.2 s"
            ):
                stop_server(str(tmp_path), 0.2)
        finally:
            server.kill()
        assert server.communicate()[0] == "asked\n"


def test_of_two_servers_in_one_directory_the_first_is_found(tmp_path: Path) -> None:
    with claimed(str(tmp_path)) as first, claimed(str(tmp_path)) as second:
        assert (first, second) == (True, False)
        assert (tmp_path / LOCK_FILE).read_text() == f"{os.getpid()}\n"
    with claimed(str(tmp_path)) as again:
        assert again


def test_servers_in_different_directories_do_not_meet(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with claimed(str(tmp_path / "a")) as one, claimed(str(tmp_path / "b")) as other:
        assert one
        assert other


def test_no_process_is_signalled_that_the_file_does_not_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda process, number: sent.append((process, number)))
    for text in ("", "0", "1", "-5", "x"):
        with claimed(str(tmp_path)):
            (tmp_path / LOCK_FILE).write_text(text)
            with pytest.raises(NotFoundError, match="is only starting; try again"):
                stop_server(str(tmp_path), 60.0)
    assert sent == []


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("kept")
    (tmp_path / LOCK_FILE).symlink_to("target")
    with pytest.raises(OSError, match="symbolic links"), claimed(str(tmp_path)):
        pass
    assert (tmp_path / "target").read_text() == "kept"
