"""The native front alone, serving echo: what its clients see of it without any model."""

import subprocess
from pathlib import Path
from types import TracebackType

import pytest

PROGRAM = Path(__file__).parents[2] / "build/release/tests/cpp/front/front_echo"


class EchoServer:
    """``front_echo`` as a process. Use as a context manager.

    ``make cpp-tests`` builds the program; without it the test is skipped.

    ``arguments`` are those of the program; see tests/cpp/front/echo_server.cpp.
    """

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self.grpc_port = 0
        self.http_port = 0

    def __enter__(self) -> "EchoServer":
        if not PROGRAM.exists():
            pytest.skip(f"{PROGRAM} is not built: make cpp-tests")
        self.process = subprocess.Popen(
            [PROGRAM, *self._arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.grpc_port = int(self.process.stdout.readline())
        self.http_port = self.grpc_port
        if "--shared" not in self._arguments:
            self.http_port = int(self.process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            code = self.process.wait(60)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
        assert code == 0

    def memory_kib(self) -> int:
        """What the process holds for itself alone."""
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        sizes = [line.split()[1] for line in lines if line.startswith("Private_Dirty:")]
        return int(sizes[0])
