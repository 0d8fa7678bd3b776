import json
from pathlib import Path

import pytest

from perf.servers.echo import echo_server
from perf.servers.model_folder import ModelFolder
from perf.servers.probing import Probe, send
from perf.servers.running import RunningServer
from perf.workloads.protocols import PROTOCOLS, Reply, Request


def probe(body: bytes, reply: bytes, protocol: str = "kserve_grpc") -> Probe:
    headers = {"content-type": "text/plain", "date": "today"}
    return Probe(PROTOCOLS[protocol].path, Request(body, {}), Reply(reply, headers))


def test_an_echo_knows_what_was_asked_over_its_transport(tmp_path: Path) -> None:
    asked = {
        "kserve_grpc": [probe(b"abc", b"x"), probe(b"abcd", b"yy")],
        "tfs_rest": [probe(b"a", b"b", "tfs_rest")],
    }
    description = echo_server("grpcio", tmp_path, asked)
    assert description is not None
    assert set(description.protocols) == {"kserve_grpc"}
    table = json.loads(Path(description.command[-1]).read_text())
    assert [(entry["length"], Path(entry["reply"]).read_bytes()) for entry in table] == [
        (3, b"x"),
        (4, b"yy"),
    ]
    assert table[0]["headers"] == {"content-type": "text/plain"}


def test_the_native_front_answers_over_both_transports(tmp_path: Path) -> None:
    grpc = [probe(b"abc", b"x"), probe(b"abcd", b"yy")]
    rest = [probe(b"a", b"b", "tfs_rest")]
    description = echo_server("native", tmp_path, {"kserve_grpc": grpc, "tfs_rest": rest})
    assert description is not None
    assert description.fronts == {"grpc": "native", "http1": "native"}
    models = ModelFolder(tmp_path, tmp_path / "c.json", tmp_path, tmp_path / "s.json")
    with RunningServer(description, tmp_path, models) as server:
        for asked in grpc:
            answer = send(server.grpc_port, PROTOCOLS["kserve_grpc"], asked.path, asked.request)
            assert answer.body == asked.reply.body
        for asked in rest:
            answer = send(server.rest_port, PROTOCOLS["tfs_rest"], asked.path, asked.request)
            assert answer.body == asked.reply.body


def test_a_front_without_a_command_has_no_echo(tmp_path: Path) -> None:
    assert echo_server("nosuch", tmp_path, {"kserve_grpc": [probe(b"abc", b"x")]}) is None


def test_requests_that_look_alike_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot tell them apart"):
        echo_server("grpcio", tmp_path, {"kserve_grpc": [probe(b"abc", b"x"), probe(b"def", b"y")]})
