"""ovserve in a process whose Python can be kept busy: its command line is FRONT MODEL_DIRECTORY.

Prints its gRPC port; a line on standard input, ``busy`` or ``idle``, is answered with the same line; ends
with the input.
"""

from __future__ import annotations

import sys
import threading
from typing import Literal, cast

import ovserve


class BusyThread:
    """A thread of Python that computes without a pause while it is told to, and waits otherwise."""

    def __init__(self) -> None:
        self._busy = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def set(self, busy: bool) -> None:
        if busy:
            self._busy.set()
        else:
            self._busy.clear()

    def _run(self) -> None:
        while self._busy.wait():
            for number in range(10_000):
                str(number)


def main(front: Literal["native", "grpcio"], model: str) -> None:
    thread = BusyThread()
    with ovserve.Server(model_name="m", model_path=model, poll_interval_s=0, grpc_frontend=front) as server:
        print(server.grpc_port, flush=True)
        for line in sys.stdin:
            thread.set(line.strip() == "busy")
            print(line.strip(), flush=True)


if __name__ == "__main__":
    main(cast(Literal["native", "grpcio"], sys.argv[1]), sys.argv[2])
