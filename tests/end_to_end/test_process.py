"""The server as a process: start order, ports, signals and exit codes."""

import contextlib
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from harness import configuration, models
from harness.call_log import CallLog
from harness.grpc_client import KSERVE, PREDICTION, GrpcClient
from harness.loader_server import ONES
from harness.protos import Protos
from harness.raw_http import request
from harness.raw_http2 import RawHttp2, message
from harness.server_process import ServerProcess, free_port, run_to_end
from ovserve.config.frontend import FrontendChoice

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def config(add_one: Path, tmp_path: Path) -> Path:
    document = configuration.document([configuration.model("m", add_one)])
    return configuration.write(tmp_path / "config.json", document)


@pytest.fixture
def hanging_config(hostile_library: Path, tmp_path: Path, add_one: Path, call_log: CallLog) -> Iterator[Path]:
    """A configuration whose model ``m`` is not loaded before the file ``release`` appears."""
    release = tmp_path / "release"
    options = {"loader_name": "hostile", "behaviour": "hang", "release_file": str(release)}
    document = configuration.document(
        [configuration.model("m", add_one, custom_loader_options=options)],
        [configuration.loader("hostile", hostile_library, f"call_log={call_log.path}")],
    )
    yield configuration.write(tmp_path / "config.json", document)
    release.touch()


def get(server: ServerProcess, path: str) -> int:
    return requests.get(server.url + path, timeout=60).status_code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_in_order_with_exit_code_0(
    config: Path, number: signal.Signals, front: FrontendChoice
) -> None:
    with ServerProcess("--config_path", str(config), "--grpc_frontend", front) as server:
        server.wait_until_ready()
        idle = socket.create_connection(("127.0.0.1", server.rest_port))
        half_a_request = socket.create_connection(("127.0.0.1", server.rest_port))
        half_a_request.sendall(b"POST /v1/models/m:predict HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")
        began = time.monotonic()
        assert server.stop(number) == 0
        assert time.monotonic() - began < 20, "clients that do nothing delayed the stop"
        idle.close()
        half_a_request.close()
        assert "Traceback" not in server.output


HALF_OPEN = {
    "nothing": b"",
    "half a preface": b"PRI * HTT",
    "a preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "half a frame": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 100, 4]),
    "half a head": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0, 0, 1, 0x83]),
}


def test_silent_clients_do_not_delay_the_stop(config: Path, front: FrontendChoice) -> None:
    flags = ["--config_path", str(config), "--grpc_frontend", front, "--drain_seconds", "600"]
    with ServerProcess(*flags) as server, contextlib.ExitStack() as clients:
        server.wait_until_ready()
        for sent in (
            *HALF_OPEN.values(),
            b"GET / HT",
            request(),
            b"POST /v1/config/reload HTTP/1.1\r\nHost: x\r\n",
        ):
            for port in (server.port, server.rest_port):
                client = socket.create_connection(("127.0.0.1", port))
                clients.enter_context(client)
                client.sendall(sent)
        assert server.stop() == 0
        assert "abandoned" not in server.output


def test_calls_without_their_message_do_not_delay_the_stop(config: Path, front: FrontendChoice) -> None:
    flags = ["--config_path", str(config), "--grpc_frontend", front, "--drain_seconds", "2"]
    with ServerProcess(*flags) as server, RawHttp2(server.wait_until_ready().port) as client:
        client.begin(f"/{PREDICTION}/Predict")
        stream = client.begin(f"/{PREDICTION}/Predict")
        client.send(stream, message(b"a" * 100)[:50])
        client.begin(f"/{KSERVE}/ModelStreamInfer")
        assert server.stop() == 0
        assert "abandoned" not in server.output


def test_a_restart_on_the_same_ports(config: Path, front: FrontendChoice, protos: Protos) -> None:
    # With grpcio a silent connection beside one that is used keeps the stop waiting to its end.
    flags = ["--config_path", str(config), "--grpc_frontend", front, "--drain_seconds", "2"]
    with contextlib.ExitStack() as clients, requests.Session() as session:
        with ServerProcess(*flags) as first:
            first.wait_until_ready()
            for port in (first.port, first.rest_port):
                clients.enter_context(socket.create_connection(("127.0.0.1", port)))
            client = clients.enter_context(GrpcClient(first.address, protos))
            url = f"{first.url}/v2/health/ready"
            assert client.predict("m", {"b": ONES})["a"][0, 0] == 3.0
            assert session.get(url, timeout=60).status_code == 200
            assert first.stop() == 0
        # The old connections are still there, on the clients' side or as ones that the system remembers.
        with ServerProcess(*flags, ports=(first.port, first.rest_port)) as second:
            second.wait_until_ready()
            assert session.get(url, timeout=60).status_code == 200
            with GrpcClient(second.address, protos) as another:
                assert another.predict("m", {"b": ONES})["a"][0, 0] == 3.0
            assert second.stop() == 0


def test_live_at_once_ready_after_the_models(
    hanging_config: Path, protos: Protos, front: FrontendChoice
) -> None:
    with ServerProcess("--config_path", str(hanging_config), "--grpc_frontend", front) as server:
        assert get(server, "/v2/health/live") == 200
        assert get(server, "/v2/health/ready") == 503
        with GrpcClient(server.address, protos) as client:

            def asked(question: str) -> bool:
                request = protos[f"inference.Server{question}Request"]()
                reply = client.call(
                    KSERVE, f"Server{question}", request, f"inference.Server{question}Response"
                )
                return bool(getattr(reply, question.lower()))

            assert asked("Live")
            assert not asked("Ready")
            (hanging_config.parent / "release").touch()
            server.wait_until_ready()
            assert asked("Ready")
            assert get(server, "/v2/health/ready") == 200
            assert client.predict("m", {"b": ONES})["a"][0, 0] == 3.0
        assert server.stop() == 0


@pytest.fixture
def load_hangs(call_log: CallLog, eventually: Eventually) -> Callable[[], None]:
    """Wait until the load of hanging_config has begun."""
    return lambda: eventually(lambda: "loadModel m 2" in call_log.calls())


def test_signal_during_a_load_that_hangs(
    hanging_config: Path, front: FrontendChoice, load_hangs: Callable[[], None]
) -> None:
    with ServerProcess(
        "--config_path", str(hanging_config), "--drain_seconds", "1", "--grpc_frontend", front
    ) as server:
        load_hangs()
        assert server.stop() == 0
        assert "abandoned" in server.output


def test_second_signal_ends_at_once(hanging_config: Path, load_hangs: Callable[[], None]) -> None:
    with ServerProcess("--config_path", str(hanging_config), "--drain_seconds", "600") as server:
        load_hangs()
        server.send_signal(signal.SIGTERM)
        server.wait_for_line("Stopping on signal")
        assert server.stop() == 128 + signal.SIGTERM


def test_running_requests_are_answered_before_the_end(
    tmp_path: Path, protos: Protos, eventually: Eventually, front: FrontendChoice
) -> None:
    models.write(models.slow(), tmp_path / "slow")
    document = configuration.document([configuration.model("slow", tmp_path / "slow")])
    config = configuration.write(tmp_path / "config.json", document)
    with (
        ServerProcess("--config_path", str(config), "--grpc_frontend", front) as server,
        GrpcClient(server.wait_until_ready().address, protos) as client,
    ):
        request = client.predict_request("slow", {"b": ONES})
        reply = "tensorflow.serving.PredictResponse"
        # Once a question asked after it is answered, the request has been received.
        running = client.start(PREDICTION, "Predict", request, reply)
        assert client.status("slow")
        assert server.stop() == 0
        assert running.exception() is None


@pytest.mark.parametrize("flag", ["--port", "--rest_port"])
def test_port_that_is_taken(config: Path, flag: str, front: FrontendChoice) -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        others = [] if flag == "--port" else ["--port", str(free_port())]
        bind = ["--grpc_bind_address", "127.0.0.1", "--rest_bind_address", "127.0.0.1"]
        result = run_to_end(
            ["--config_path", str(config), flag, port, *others, *bind, "--grpc_frontend", front]
        )
    assert result.returncode == 1
    assert port in result.stderr
    assert "cannot listen" in result.stderr
    assert "Traceback" not in result.stderr


def test_no_port_but_those_named(config: Path, front: FrontendChoice) -> None:
    with ServerProcess("--config_path", str(config), "--grpc_frontend", front, rest=False) as server:
        server.wait_until_ready()
        listening = 0
        for table in ("tcp", "tcp6"):
            own = {link.readlink().name for link in Path(f"/proc/{server.process.pid}/fd").iterdir()}
            for line in Path(f"/proc/{server.process.pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:
                    assert int(fields[1].rpartition(":")[2], 16) == server.port
                    listening += 1
        assert listening == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        ("{broken", "not valid JSON"),
        ('{"model_config_list": [], "modle_config_list": []}', "modle_config_list"),
        ('{"model_config_list": [{"config": {"name": "m", "base_path": "x", "nireq": -1}}]}', "nireq"),
    ],
    ids=["missing", "broken", "unknown key", "negative"],
)
def test_configuration_that_is_refused(tmp_path: Path, content: str | None, words: str) -> None:
    config = tmp_path / "config.json"
    if content is not None:
        config.write_text(content)
    result = run_to_end(["--config_path", str(config), "--port", str(free_port())])
    assert result.returncode == 1
    assert words in result.stderr
    assert str(config) in result.stderr
    assert "Traceback" not in result.stderr + result.stdout


def test_configuration_without_models_runs(tmp_path: Path) -> None:
    config = configuration.write(tmp_path / "config.json", configuration.document([]))
    with ServerProcess("--config_path", str(config)) as server:
        server.wait_until_ready()
        assert requests.get(f"{server.url}/v1/config", timeout=60).json() == {}
        assert server.stop() == 0


def test_single_model(add_one: Path, protos: Protos) -> None:
    with (
        ServerProcess("--model_name", "one", "--model_path", str(add_one)) as server,
        GrpcClient(server.wait_until_ready().address, protos) as client,
    ):
        assert client.predict("one", {"b": ONES})["a"][0, 0] == 3.0
        assert requests.post(f"{server.url}/v1/config/reload", timeout=60).status_code == 200
        assert server.stop() == 0


def test_single_model_that_cannot_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "m" / "1").mkdir(parents=True)
    (tmp_path / "m" / "1" / "model.xml").write_text("garbage")
    flags = ["--port", str(free_port()), "--model_name", "m", "--model_path"]
    broken = run_to_end([*flags, str(tmp_path / "m")])
    missing = run_to_end([*flags, str(tmp_path / "nothing")])
    assert (broken.returncode, missing.returncode) == (1, 1)
    assert 'model "m"' in broken.stderr
    assert "nothing" in missing.stderr


def test_single_model_without_versions_runs(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    with ServerProcess("--model_name", "m", "--model_path", str(tmp_path / "m")) as server:
        server.wait_until_ready()
        answer = requests.get(f"{server.url}/v1/models/m", timeout=60)
        assert (answer.status_code, answer.json()) == (200, {"model_version_status": []})
        models.write(models.add_constant(), tmp_path / "m")
        server.wait_for_line("AVAILABLE")
        assert server.stop() == 0


def test_models_that_fail_do_not_keep_the_server_from_starting(tmp_path: Path) -> None:
    document = configuration.document([configuration.model("m", tmp_path / "nothing")])
    config = configuration.write(tmp_path / "config.json", document)
    with ServerProcess("--config_path", str(config)) as server:
        server.wait_until_ready()
        assert get(server, "/v2/health/ready") == 200
        assert requests.get(f"{server.url}/v1/models/m", timeout=60).json() == {"model_version_status": []}
        assert server.stop() == 0


def test_several_addresses(config: Path, protos: Protos, front: FrontendChoice) -> None:
    flags = ["--grpc_bind_address", "127.0.0.1,::1", "--rest_bind_address", "[::1], 127.0.0.1"]
    with ServerProcess("--config_path", str(config), *flags, "--grpc_frontend", front) as server:
        server.wait_until_ready()
        assert (
            f"gRPC 127.0.0.1:{server.port} [::1]:{server.port}, REST [::1]:{server.rest_port} 127"
            in server.output
        )
        for host in ("127.0.0.1", "[::1]"):
            answer = requests.get(f"http://{host}:{server.rest_port}/v2/health/ready", timeout=60)
            assert answer.status_code == 200
            with GrpcClient(f"{host}:{server.port}", protos) as client:
                assert client.predict("m", {"b": ONES})["a"][0, 0] == 3.0
        assert server.stop() == 0


def test_what_has_no_effect_is_warned_about_first(config: Path) -> None:
    flags = ["--grpc_workers", "1", "--custom_node_resources_cleaner_interval_seconds", "300"]
    with ServerProcess("--config_path", str(config), *flags, environment={"GRPC_SERVERS": "2"}) as server:
        server.wait_until_ready()
        warned = [line for line in server.output.splitlines() if "has no effect" in line]
        assert server.output.splitlines()[:3] == warned
        for line, words in zip(
            warned,
            (
                "--grpc_workers has no effect: one gRPC server uses all cores",
                "--custom_node_resources_cleaner_interval_seconds has no effect: there are no custom nodes",
                "the environment variable GRPC_SERVERS has no effect: one gRPC server uses all cores",
            ),
            strict=True,
        ):
            assert "[warning]" in line
            assert line.endswith(words)
        assert server.stop() == 0


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"]])
def test_usage(arguments: list[str]) -> None:
    result = run_to_end(arguments)
    assert (result.returncode, result.stderr) == (0, "")
    for flag in ("--config_path", "--grpc_workers", "--stateful", "--pull"):
        assert f"  {flag} " in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--stateful"], "--stateful: stateful models are not offered"),
        (["--max_sequence_number", "5"], "--max_sequence_number: stateful models are not offered"),
        (["--grpc_workers", "0"], "--grpc_workers: expected an integer from 1 to "),
        (["--rest_workers", "3"], "--rest_workers needs --rest_port"),
        (["--metrics_enable"], "--metrics_enable needs --rest_port"),
        (["--grpc_bind_address", "300.0.0.1"], "--grpc_bind_address: expected a host name"),
    ],
)
def test_usage_errors(config: Path, arguments: list[str], words: str) -> None:
    result = run_to_end(["--config_path", str(config), *arguments])
    assert (result.returncode, result.stdout) == (64, "")
    assert result.stderr.startswith(f"ovserve: {words}")


def test_stateful_models_are_refused_in_the_file(tmp_path: Path) -> None:
    document = configuration.document([configuration.model("m", tmp_path, stateful=True)])
    config = configuration.write(tmp_path / "config.json", document)
    result = run_to_end(["--config_path", str(config), "--port", str(free_port())])
    assert result.returncode == 1
    assert "model_config_list[0].config.stateful: stateful models are not offered" in result.stderr
