"""Encryption of both ports: clients with the right authority, the wrong one and none. Native front only."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import requests
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException

import ovserve
from harness import configuration
from harness.certificates import Certificates
from harness.server_process import ServerProcess, free_port, run_to_end

ONES = np.ones((1, 10), np.float32)
TIMEOUT_S = 60


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def started(add_one: Path, *flags: str) -> ServerProcess:
    return ServerProcess("--model_name", "m", "--model_path", str(add_one), *flags)


@pytest.fixture(scope="module")
def server(add_one: Path, certificates: Certificates) -> Iterator[ServerProcess]:
    with started(add_one, *certificates.flags) as server:
        yield server.wait_until_ready()
        assert server.stop() == 0
        assert "Traceback" not in server.output


@pytest.fixture(scope="module")
def strict_server(add_one: Path, certificates: Certificates) -> Iterator[ServerProcess]:
    """One that asks clients for a certificate."""
    with started(add_one, *certificates.flags, "--tls_client_ca", str(certificates.authority)) as server:
        yield server.wait_until_ready()
        assert server.stop() == 0


def live_over_grpc(server: ServerProcess, credentials: grpc.ChannelCredentials | None) -> bool:
    if credentials is None:
        channel = grpc.insecure_channel(server.address)
    else:
        channel = grpc.secure_channel(server.address, credentials)
    with channel:
        reply: bytes = channel.unary_unary("/inference.GRPCInferenceService/ServerLive")(
            b"", timeout=TIMEOUT_S
        )
        return reply == b"\x08\x01"


def https(server: ServerProcess, path: str = "/v2/health/ready") -> str:
    return f"https://127.0.0.1:{server.rest_port}{path}"


def infer(client: Any, module: Any) -> None:
    tensor = module.InferInput("b", [1, 10], "FP32")
    tensor.set_data_from_numpy(ONES)
    np.testing.assert_array_equal(client.infer("m", [tensor]).as_numpy("a"), ONES + 2)


def test_it_says_so(server: ServerProcess) -> None:
    assert "(native, TLS)" in server.output


def test_grpcio(server: ServerProcess, certificates: Certificates) -> None:
    assert live_over_grpc(server, grpc.ssl_channel_credentials(certificates.authority.read_bytes()))


def test_grpcio_that_trusts_others(server: ServerProcess, certificates: Certificates) -> None:
    wrong = grpc.ssl_channel_credentials(certificates.other_authority.read_bytes())
    for credentials in (wrong, None):
        with pytest.raises(grpc.RpcError) as caught:
            live_over_grpc(server, credentials)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def test_tritonclient_over_grpc(server: ServerProcess, certificates: Certificates) -> None:
    with tritonclient.grpc.InferenceServerClient(
        server.address, ssl=True, root_certificates=str(certificates.authority)
    ) as client:
        assert client.is_server_ready()
        infer(client, tritonclient.grpc)
    with (
        tritonclient.grpc.InferenceServerClient(
            server.address, ssl=True, root_certificates=str(certificates.other_authority)
        ) as client,
        pytest.raises(InferenceServerException, match="UNAVAILABLE"),
    ):
        client.is_server_live()


def triton_http(server: ServerProcess, authority: Path) -> Any:
    def context() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(authority))

    return tritonclient.http.InferenceServerClient(
        f"127.0.0.1:{server.rest_port}", ssl=True, ssl_context_factory=context
    )


def test_tritonclient_over_http(server: ServerProcess, certificates: Certificates) -> None:
    with triton_http(server, certificates.authority) as client:
        assert client.is_server_ready()
        infer(client, tritonclient.http)
    with triton_http(server, certificates.other_authority) as client, pytest.raises(ssl.SSLError):
        client.is_server_live()


def test_requests(server: ServerProcess, certificates: Certificates) -> None:
    trusting = {"verify": str(certificates.authority), "timeout": TIMEOUT_S}
    body = {"inputs": ONES.tolist()}
    answer = requests.post(https(server, "/v1/models/m:predict"), json=body, **trusting)
    assert answer.json() == {"outputs": (ONES + 2).tolist()}
    # What Python answers, too, and what is larger than a record.
    assert requests.get(https(server, "/v1/config"), **trusting).json()["m"]
    assert (
        requests.post(https(server, "/v1/models/m:predict"), data=b"[" * 100_000, **trusting).status_code
        == 400
    )
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(https(server), verify=str(certificates.other_authority), timeout=TIMEOUT_S)
    with pytest.raises(requests.RequestException):
        requests.get(f"http://127.0.0.1:{server.rest_port}/v2/health/ready", timeout=TIMEOUT_S)


@pytest.mark.parametrize(
    ("flags", "version"),
    [(["--http1.1"], "1.1"), (["--http2"], "2"), (["--tlsv1.2", "--tls-max", "1.2"], "2")],
)
def test_curl_chooses_by_alpn(
    server: ServerProcess, certificates: Certificates, flags: list[str], version: str
) -> None:
    command = ["curl", "--silent", "--show-error", "--max-time", str(TIMEOUT_S), "--write-out"]
    trusted = ["--cacert", str(certificates.authority)]
    written = "%{http_code} %{http_version}"
    answer = subprocess.run(
        [*command, written, *flags, *trusted, https(server)], capture_output=True, text=True, check=True
    )
    assert answer.stdout == f"200 {version}"
    refused = subprocess.run(
        [*command, written, *flags, "--cacert", str(certificates.other_authority), https(server)],
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 60, "curl's number for a certificate that it does not trust"


def test_old_versions_are_refused(server: ServerProcess, certificates: Certificates) -> None:
    context = ssl.create_default_context(cafile=str(certificates.authority))
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", server.port)) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname="localhost")


def test_clients_must_show_a_certificate(strict_server: ServerProcess, certificates: Certificates) -> None:
    authority = certificates.authority.read_bytes()
    own = (certificates.client_key.read_bytes(), certificates.client.read_bytes())
    foreign = (certificates.stranger_key.read_bytes(), certificates.stranger.read_bytes())
    assert live_over_grpc(strict_server, grpc.ssl_channel_credentials(authority, *own))
    for pair in ((), foreign):
        with pytest.raises(grpc.RpcError) as caught:
            live_over_grpc(strict_server, grpc.ssl_channel_credentials(authority, *pair))
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE

    trusting = {"verify": str(certificates.authority), "timeout": TIMEOUT_S}
    files = (str(certificates.client), str(certificates.client_key))
    assert requests.get(https(strict_server), cert=files, **trusting).status_code == 200
    strange = (str(certificates.stranger), str(certificates.stranger_key))
    for wrong in (None, strange):
        with pytest.raises(requests.RequestException):
            requests.get(https(strict_server), cert=wrong, **trusting)


def test_silent_clients_do_not_delay_the_stop(add_one: Path, certificates: Certificates) -> None:
    with started(add_one, *certificates.flags, "--drain_seconds", "600") as server:
        server.wait_until_ready()
        context = ssl.create_default_context(cafile=str(certificates.authority))
        with (
            socket.create_connection(("127.0.0.1", server.port)) as silent,
            socket.create_connection(("127.0.0.1", server.rest_port)) as begun,
            socket.create_connection(("127.0.0.1", server.rest_port)) as half,
            context.wrap_socket(
                socket.create_connection(("127.0.0.1", server.rest_port)), server_hostname="localhost"
            ) as idle,
        ):
            begun.sendall(b"\x16\x03\x01")
            half.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
            assert silent
            assert idle.version()
            assert server.stop() == 0


def maps_of(server: ServerProcess) -> str:
    return Path(f"/proc/{server.process.pid}/maps").read_text()


def test_openssl_and_grpcio_are_loaded_only_where_they_are_used(server: ServerProcess, add_one: Path) -> None:
    assert "/libssl" in maps_of(server)
    assert "cygrpc" not in maps_of(server)
    with started(add_one) as plain:
        plain.wait_until_ready()
        assert requests.get(f"{plain.url}/v1/config", timeout=TIMEOUT_S).status_code == 200
        for library in ("/libssl", "cygrpc", "httptools", "uvloop"):
            assert library not in maps_of(plain)
        assert plain.stop() == 0


def test_from_python(add_one: Path, certificates: Certificates) -> None:
    document = configuration.document([configuration.model("m", add_one)])
    with ovserve.Server(
        document, rest_port=0, tls_certificate=certificates.server, tls_key=certificates.server_key
    ) as server:
        url = f"https://127.0.0.1:{server.rest_port}/v2/health/ready"
        assert requests.get(url, verify=str(certificates.authority), timeout=TIMEOUT_S).status_code == 200


# What cannot be used


FILES = {
    "missing certificate": (
        "/no/such.pem",
        "server_key",
        "",
        "--tls_certificate /no/such.pem cannot be used",
    ),
    "missing key": ("server", "/no/such.key", "", "--tls_key /no/such.key cannot be used"),
    "missing authority": (
        "server",
        "server_key",
        "/no/such.pem",
        "--tls_client_ca /no/such.pem cannot be used",
    ),
    "directory": ("/", "server_key", "", "--tls_certificate / cannot be used"),
    "no certificate": ("server_key", "server_key", "", "--tls_certificate "),
    "no key": ("server", "server", "", "--tls_key "),
    "another key": ("server", "client_key", "", "client.key does not belong to --tls_certificate "),
    "locked key": ("server", "locked_key", "", "locked.key has a pass phrase"),
    "no authority": ("server", "server_key", "server_key", "--tls_client_ca "),
}


@pytest.mark.parametrize(("certificate", "key", "client_ca", "words"), FILES.values(), ids=FILES)
def test_files_that_cannot_be_used(
    add_one: Path, certificates: Certificates, certificate: str, key: str, client_ca: str, words: str
) -> None:
    flags = ["--model_name", "m", "--model_path", str(add_one), "--port", str(free_port())]
    for flag, name in (("certificate", certificate), ("key", key), ("client_ca", client_ca)):
        if name:
            flags += [f"--tls_{flag}", name if name.startswith("/") else str(getattr(certificates, name))]
    ended = run_to_end(flags)
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("ovserve: --tls_")
    assert words in last
    assert "Traceback" not in ended.stderr
