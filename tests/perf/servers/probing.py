"""One request to a server, its answer checked: only what is right is worth measuring."""

from __future__ import annotations

import http.client
from dataclasses import dataclass

import grpc
import numpy as np

from harness.protos import Protos
from perf.servers.running import RunningServer
from perf.workloads.protocols import PROTOCOLS, Protocol, Reply, Request
from perf.workloads.registry import Workload

_LONGEST_ANSWER_S = 120.0
_LARGEST = [("grpc.max_receive_message_length", 1 << 30), ("grpc.max_send_message_length", 1 << 30)]


class RefusedError(RuntimeError):
    """The server answered with an error, or not at all; the text is its own."""


class WrongAnswerError(RuntimeError):
    """The server's numbers are not those of the model."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A request that a server answers rightly, and its answer."""

    path: str
    request: Request
    reply: Reply


def probe(server: RunningServer, workload: Workload, protocol_name: str, protos: Protos) -> Probe:
    """Send one request and check the numbers of the answer.

    Raises:
        RefusedError, WrongAnswerError: there is nothing to measure.
    """
    protocol = PROTOCOLS[protocol_name]
    path = server.description.protocols[protocol_name].replace("{model}", workload.name)
    request = protocol.encode(protos, workload.name, workload.request_inputs())
    reply = send(server.port(protocol.transport), protocol, path, request)
    check(workload, protocol, reply, protos)
    return Probe(path, request, reply)


def send(port: int, protocol: Protocol, path: str, request: Request) -> Reply:
    """Send a request and return its answer.

    Raises:
        RefusedError: it is an error.
    """
    return (
        _send_grpc(port, path, request) if protocol.transport == "grpc" else _send_http(port, path, request)
    )


def check(workload: Workload, protocol: Protocol, reply: Reply, protos: Protos) -> None:
    """Compare the outputs with those that OpenVINO computes.

    Raises:
        WrongAnswerError: they differ, or cannot be read.
    """
    expected = workload.expected()
    try:
        outputs = protocol.decode(protos, reply)
        if set(outputs) == {""} and len(expected) == 1:
            outputs = {next(iter(expected)): outputs[""]}
        for name, right in expected.items():
            given = outputs[name]
            if given.shape != right.shape or not _close(given, right, workload.tolerance):
                raise WrongAnswerError(f"{workload.name}: output {name} is not what the model computes")
    except (KeyError, ValueError) as error:
        raise WrongAnswerError(f"{workload.name}: the answer cannot be read: {error!r}") from error


def _close(
    given: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    right: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    tolerance: float,
) -> bool:
    return bool(np.max(np.abs(given - right)) <= tolerance * max(1.0, float(np.max(np.abs(right)))))


def _send_grpc(port: int, path: str, request: Request) -> Reply:
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=_LARGEST) as channel:
        try:
            return Reply(channel.unary_unary(path)(request.body, timeout=_LONGEST_ANSWER_S), {})
        except grpc.RpcError as error:
            raise RefusedError(f"{error.code().name}: {error.details()}") from error


def _send_http(port: int, path: str, request: Request) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_LONGEST_ANSWER_S)
    try:
        connection.request("POST", path, request.body, dict(request.headers))
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise RefusedError(f"no answer: {error!r}") from error
    finally:
        connection.close()
    if response.status != 200:
        raise RefusedError(f"HTTP {response.status}: {body[:200].decode(errors='replace')}")
    return Reply(body, {name.lower(): value for name, value in response.getheaders()})
