"""``--access_log`` of a server, on both fronts and over gRPC."""

import re
from collections.abc import Callable
from pathlib import Path

import requests

from harness.grpc_client import GrpcClient
from harness.protos import Protos
from harness.server_process import ServerProcess
from harness.service_server import ServiceServer, ask, write_service
from ovserve.config.frontend import FrontendChoice

CODE = """
    from ts.handler_utils.utils import send_intermediate_predict_response

    def handle(data, context):
        if data is None:
            return None
        if data[0].get("body") == b"pieces":
            send_intermediate_predict_response(["one "], context.request_ids, "", 200, context)
        return ["answer"] * len(data)
"""


def lines(path: Path) -> list[str]:
    """What is in the log, without time, port and duration."""
    found = []
    for line in path.read_text().splitlines():
        match = re.fullmatch(r'\S+Z 127\.0\.0\.1:\d+ ("[^"]+" \S+ \d+) \d+\.\d{3}', line)
        assert match, line
        found.append(match[1])
    return found


def test_requests_are_noted(
    tmp_path: Path, front: FrontendChoice, protos: Protos, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    write_service(tmp_path / "store", "s", CODE)
    path = tmp_path / "access.log"
    flags = ("--models", "s", "--access_log", str(path))
    with ServiceServer(tmp_path / "store", tmp_path, *flags, front=front, grpc=True) as server:
        server.wait_until_ready()
        assert server.predict("s", b"x", content_type="text/plain").body == b"answer"
        assert (
            requests.post(f"{server.url}/predictions/s?a=1", b"pieces", timeout=60).content == b"one answer"
        )
        assert server.predict("nobody").status == 404
        assert server.manage("/models").status == 200
        expected = {
            '"POST /predictions/s" 200 6',
            '"POST /predictions/s?a=1" 200 10',
            '"GET /models" 200',
            '"POST /predictions/nobody" 404',
        }
        if front == "native":
            package = "org.pytorch.serve.grpc.inference"
            with GrpcClient(server.address, protos) as client:
                asked = protos[f"{package}.PredictionsRequest"](model_name="s", input={"data": b"x"})
                service = f"{package}.InferenceAPIsService"
                client.call(service, "Predictions", asked, f"{package}.PredictionResponse")
            expected.add(f'"POST /{package}.InferenceAPIsService/Predictions" grpc:0 8')
        eventually(lambda: len(lines(path)) >= len(expected))
        noted = lines(path)
        for each in expected:
            assert any(line == each or line.startswith(f"{each} ") for line in noted), (each, noted)


def test_off_and_impossible(tmp_path: Path, add_one: Path) -> None:
    model = ("--model_name", "m", "--model_path", str(add_one))
    with ServerProcess(*model, folder=tmp_path) as server:
        server.wait_until_ready()
        assert ask(f"{server.url}/v1/config").status == 200
        assert "/v1/config" not in server.output
    with ServerProcess(*model, "--access_log", str(tmp_path / "no/where")) as server:
        assert server.exit_code() != 0
        assert "--access_log" in server.output
        assert "No such file or directory" in server.output
