"""One gRPC port, with TLS and with what sees calls first."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest

from harness.certificates import Certificates
from harness.raw_http2 import RawHttp2, frame, message
from ovserve.config.schema import ServerOptions, TlsFiles
from ovserve.errors import ConfigurationError, NotFoundError
from ovserve.grpc_api.listener import GrpcListener
from ovserve.grpc_api.methods import CallError

LOCAL = ServerOptions(port=0, grpc_bind_address="127.0.0.1")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def opened() -> Iterator[Callable[..., int]]:
    """Opens a port with ``/test.Echo/Unary`` and ``Stream``: they answer what they get, or fail as told."""
    listeners: list[GrpcListener] = []

    def answer(message: bytes) -> bytes:
        if message == b"call":
            raise CallError(grpc.StatusCode.DATA_LOSS, "é" * 10_000)
        if message == b"core":
            raise NotFoundError("no such thing")
        if message == b"bug":
            raise ValueError("a secret")
        return message

    def stream(message: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        yield b"first"
        yield answer(message)

    def open_port(options: ServerOptions, **arguments: Any) -> int:
        listener = GrpcListener(options, **arguments)
        listeners.append(listener)
        methods = {"Unary": listener.methods.unary(answer), "Stream": listener.methods.streaming(stream)}
        listener.add([grpc.method_handlers_generic_handler("test.Echo", methods)])
        return listener.start()

    yield open_port
    for listener in listeners:
        assert listener.begin_stop(0.0).wait(60)
        listener.close_threads()


def code_and_text(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(grpc.RpcError) as error:
        call()
    return error.value.code().name, error.value.details()


def test_how_calls_end(opened: Callable[..., int]) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{opened(LOCAL)}") as channel:
        unary, stream = channel.unary_unary("/test.Echo/Unary"), channel.unary_stream("/test.Echo/Stream")
        assert unary(b"x", timeout=60) == b"x"
        assert list(stream(b"x", timeout=60)) == [b"first", b"x"]
        for call in (lambda told: unary(told, timeout=60), lambda told: list(stream(told, timeout=60))):
            code, text = code_and_text(lambda call=call: call(b"call"))  # type: ignore[misc]
            assert (code, text) == ("DATA_LOSS", "é" * 1000 + "...")
            assert code_and_text(lambda call=call: call(b"core")) == ("NOT_FOUND", "no such thing")  # type: ignore[misc]
        assert code_and_text(lambda: unary(b"bug", timeout=60)) == (
            "INTERNAL",
            "Internal server error; the server's log has the cause",
        )


class Refuses(grpc.ServerInterceptor):  # type: ignore[misc]
    """Lets nobody in."""

    def intercept_service(self, continuation: Any, details: Any) -> grpc.RpcMethodHandler:
        def refuse(requests: Any, context: grpc.ServicerContext) -> None:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, details.method)

        return grpc.stream_stream_rpc_method_handler(refuse)


def test_interceptors_see_calls_first(opened: Callable[..., int]) -> None:
    port = opened(LOCAL, interceptors=(Refuses(),))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = channel.unary_unary("/test.Echo/Unary")
        assert code_and_text(lambda: call(b"x", timeout=60)) == ("UNAUTHENTICATED", "/test.Echo/Unary")


@pytest.mark.parametrize("asks_for_certificates", [False, True])
def test_tls(opened: Callable[..., int], certificates: Certificates, asks_for_certificates: bool) -> None:
    client_ca = str(certificates.authority) if asks_for_certificates else ""
    tls = TlsFiles(str(certificates.server), str(certificates.server_key), client_ca)
    port = opened(replace(LOCAL, tls=tls))
    trusted = Path(certificates.authority).read_bytes()

    def ask(*client: Path) -> bytes:
        key, chain = (file.read_bytes() for file in client) if client else (None, None)
        credentials = grpc.ssl_channel_credentials(trusted, key, chain)
        with grpc.secure_channel(f"localhost:{port}", credentials) as channel:
            answer: bytes = channel.unary_unary("/test.Echo/Unary")(b"x", timeout=60)
            return answer

    assert ask(certificates.client_key, certificates.client) == b"x"
    if asks_for_certificates:
        assert code_and_text(ask)[0] == "UNAVAILABLE"
        strangers = (certificates.stranger_key, certificates.stranger)
        assert code_and_text(lambda: ask(*strangers))[0] == "UNAVAILABLE"
    else:
        assert ask() == b"x"
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        plain = channel.unary_unary("/test.Echo/Unary")
        assert code_and_text(lambda: plain(b"x", timeout=60))[0] == "UNAVAILABLE"


def test_a_certificate_that_is_not_there(opened: Callable[..., int], tmp_path: Path) -> None:
    missing = TlsFiles(str(tmp_path / "none.pem"), str(tmp_path / "none.key"))
    with pytest.raises(ConfigurationError, match=r"none\.key cannot be read: No such file"):
        opened(replace(LOCAL, tls=missing))


LARGE = b"x" * 1_000_000
WINDOW_UPDATE = 8


@pytest.fixture
def listener() -> Iterator[GrpcListener]:
    """With ``/test.Large/Unary``, not started; a test stops it."""
    listener = GrpcListener(LOCAL)
    method = listener.methods.unary(lambda message: LARGE)
    listener.add([grpc.method_handlers_generic_handler("test.Large", {"Unary": method})])
    yield listener
    listener.close_threads()


def test_clients_that_fall_silent_do_not_delay_the_stop(listener: GrpcListener) -> None:
    with RawHttp2(listener.start()) as client:
        client.wait_until_read()
        client.socket.sendall(bytes([0, 0, 4, 1, 4, 0, 0, 0, 1]))  # the head of a frame
        assert listener.begin_stop(600.0).wait(15)  # grpcio alone would take 20 s


def test_an_answer_that_is_taken_slowly_is_sent_whole(listener: GrpcListener) -> None:
    with RawHttp2(listener.start()) as client:
        stream = client.begin("/test.Large/Unary")
        client.send(stream, message(b""), end=True)
        client.wait_until_read()
        ended = listener.begin_stop(600.0)
        assert not ended.wait(2.5)  # longer than silence is borne
        for granted in (0, stream):  # the connection and the call
            client.socket.sendall(frame(WINDOW_UPDATE, 0, granted, (2 * len(LARGE)).to_bytes(4, "big")))
        rest = b"".join(iter(lambda: client.socket.recv(1 << 20), b""))
        assert rest.count(b"x") >= len(LARGE) - 65535  # the others came unasked
        assert ended.wait(60)
