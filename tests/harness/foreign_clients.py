"""gRPC clients that are no Python: programs that send messages from files and print what comes back."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

_SOURCES = Path(__file__).parents[1] / "front"
_TIMEOUT_S = 60
_LONGEST_BUILD_S = 170


@dataclass
class Outcome:
    """What a call came to; ``code`` is gRPC's number."""

    code: int
    details: str
    replies: list[bytes]


@dataclass
class ForeignClient:
    """A program, see tests/front/cpp_client/client.cpp for its arguments; and a place for the messages."""

    command: Sequence[str | Path]
    folder: Path

    def unary(self, target: str, method: str, message: bytes, *flags: str) -> Outcome:
        return self._run(target, method, "unary", [message], flags)

    def stream(self, target: str, method: str, messages: Sequence[bytes], *flags: str) -> Outcome:
        """Send each message when the reply to the one before it has come."""
        return self._run(target, method, "stream", messages, flags)

    def _run(
        self, target: str, method: str, kind: str, messages: Sequence[bytes], flags: Sequence[str]
    ) -> Outcome:
        files = [self.folder / f"message-{i}" for i in range(len(messages))]
        for file, message in zip(files, messages, strict=True):
            file.write_bytes(message)
        ended = subprocess.run(
            [*self.command, target, method, kind, *flags, *files],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
        )
        assert ended.returncode == 0, ended.stderr
        lines = [line.partition(" ")[::2] for line in ended.stdout.splitlines()]
        told = dict(lines)
        replies = [bytes.fromhex(value) for name, value in lines if name == "reply"]
        return Outcome(int(told["code"]), bytes.fromhex(told["details"]).decode(), replies)


def cpp_client(folder: Path) -> ForeignClient:
    """Compile the client of C++ gRPC; skips where Debian's packages are missing."""
    asked = ["pkg-config", "--cflags", "--libs", "grpc++"]
    found = shutil.which("pkg-config") and subprocess.run(asked, capture_output=True, text=True)
    if not found or found.returncode != 0:
        pytest.skip("C++ gRPC is missing: apt-get install libgrpc++-dev pkg-config")
    program = folder / "client"
    source = _SOURCES / "cpp_client/client.cpp"
    command = ["g++", "-std=c++17", "-Wall", "-o", program, source, *found.stdout.split()]
    subprocess.run(command, check=True, timeout=_LONGEST_BUILD_S)
    return ForeignClient([program], folder)


def node_client(folder: Path) -> ForeignClient:
    """Install @grpc/grpc-js in the folder; skips where node, npm or the registry is missing."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node is missing: apt-get install nodejs npm")
    for name in ("package.json", "client.js"):
        shutil.copy(_SOURCES / "node_client" / name, folder)
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
    installed = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_LONGEST_BUILD_S)
    if installed.returncode != 0:
        pytest.skip(f"npm cannot install @grpc/grpc-js: {installed.stderr.strip().splitlines()[-1:]}")
    return ForeignClient(["node", folder / "client.js"], folder)
