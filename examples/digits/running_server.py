"""The ``ovserve`` command as a process of its own, for as long as it is needed."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import ovmsclient
from ovmsclient.tfs_compat.base.errors import ModelServerError

_DEADLINE_S = 60.0


class DemoError(Exception):
    """Something did not go as promised; the text says what."""


@contextlib.contextmanager
def serving(config: Path, model_name: str) -> Iterator[int]:
    """Run ``ovserve`` in the folder of its configuration file until the block is left.

    Yields:
        The gRPC port, as soon as version 1 of the model is available.

    Raises:
        DemoError: the model did not become available, or the server did not stop in order.
    """
    port = _free_port()
    command = [str(Path(sys.executable).with_name("ovserve")), "--config_path", config.name]
    command += ["--port", str(port), "--grpc_bind_address", "127.0.0.1"]
    log = config.parent / "server.log"
    print(f"starting  ovserve {' '.join(command[1:])}")
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=config.parent, stdout=output, stderr=subprocess.STDOUT) as server,
    ):
        try:
            client = ovmsclient.make_grpc_client(f"127.0.0.1:{port}")

            def available() -> bool:
                if server.poll() is not None:
                    raise DemoError(f"the server exited with {server.returncode}, see {log}")
                try:
                    status = client.get_model_status(model_name)
                except (OSError, ModelServerError):  # it does not answer yet
                    return False
                return bool(status.get(1, {}).get("state") == "AVAILABLE")

            seconds = wait_until(available, f"{model_name} is not served, see {log}")
            print(f"serving   {model_name} version 1, {seconds:.1f} s after the start")
            yield port
        finally:
            server.terminate()
            try:
                exit_code = server.wait(_DEADLINE_S)
            except subprocess.TimeoutExpired:
                server.kill()
                raise
    if exit_code != 0:
        raise DemoError(f"the server exited with {exit_code}, see {log}")


def wait_until(condition: Callable[[], bool], otherwise: str) -> float:
    """Ask until the condition holds and return how many seconds that took.

    Raises:
        DemoError: with the text of ``otherwise``, if it takes too long.
    """
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > _DEADLINE_S:
            raise DemoError(f"{otherwise} (waited {_DEADLINE_S:.0f} s)")
        time.sleep(0.05)
    return time.monotonic() - began


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
