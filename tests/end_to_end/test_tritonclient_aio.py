"""tritonclient's asyncio clients, over gRPC and HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.grpc.aio
import tritonclient.http
import tritonclient.http.aio
from tritonclient.utils import InferenceServerException

import ovserve

ONES = np.ones((1, 10), np.float32)
NAME = "Model with requested name is not found"

Scene = Callable[[Any, Any], Coroutine[Any, Any, None]]


@pytest.fixture(params=["grpc", "http"])
def play(request: pytest.FixtureRequest, plain_server: ovserve.Server) -> Callable[[Scene], None]:
    """Run a coroutine function with a client and its module; a client lives in one event loop."""
    module, port = {
        "grpc": (tritonclient.grpc, plain_server.grpc_port),
        "http": (tritonclient.http, plain_server.rest_port),
    }[request.param]

    async def run(scene: Scene) -> None:
        async with module.aio.InferenceServerClient(f"127.0.0.1:{port}") as client:
            await asyncio.wait_for(scene(client, module), timeout=60)

    return lambda scene: asyncio.run(run(scene))


def tensor(module: Any, values: "np.ndarray[Any, Any]" = ONES) -> Any:
    made = module.InferInput("b", list(values.shape), "FP32")
    made.set_data_from_numpy(values)
    return made


def test_questions(play: Callable[[Scene], None]) -> None:
    async def scene(client: Any, module: Any) -> None:
        assert await client.is_server_live()
        assert await client.is_server_ready()
        assert await client.is_model_ready("m")
        assert await client.is_model_ready("m", "1")
        server, model = await client.get_server_metadata(), await client.get_model_metadata("m")
        if module is tritonclient.grpc:
            assert (server.version, model.inputs[0].name) == (ovserve.__version__, "b")
        else:
            assert (server["version"], model["inputs"][0]["name"]) == (ovserve.__version__, "b")

    play(scene)


def test_infer(play: Callable[[Scene], None]) -> None:
    async def scene(client: Any, module: Any) -> None:
        outputs = [module.InferRequestedOutput("a")]
        result = await client.infer("m", [tensor(module)], model_version="1", outputs=outputs, request_id="x")
        np.testing.assert_array_equal(result.as_numpy("a"), ONES + 1)

    play(scene)


def test_many_at_a_time(play: Callable[[Scene], None]) -> None:
    async def scene(client: Any, module: Any) -> None:
        async def infer(number: int) -> None:
            result = await client.infer("m", [tensor(module, ONES * number)])
            np.testing.assert_array_equal(result.as_numpy("a"), ONES * number + 2)

        await asyncio.gather(*(infer(number) for number in range(64)))

    play(scene)


def test_errors(play: Callable[[Scene], None]) -> None:
    async def scene(client: Any, module: Any) -> None:
        with pytest.raises(InferenceServerException) as caught:
            await client.infer("other", [tensor(module)])
        assert caught.value.message() == NAME
        wrong = tensor(module, np.ones((1, 11), np.float32))
        with pytest.raises(InferenceServerException, match="Invalid input shape"):
            await client.infer("m", [wrong])

    play(scene)


def test_stream(plain_server: ovserve.Server) -> None:
    """Every message is answered in its turn, and the stream ends when the client's messages do."""

    async def messages() -> AsyncIterator[dict[str, Any]]:
        for request_id, model in enumerate(["m", "other", "m"]):
            inputs = [tensor(tritonclient.grpc)]
            yield {"model_name": model, "inputs": inputs, "request_id": str(request_id)}

    async def run() -> list[tuple[Any, Any]]:
        async with tritonclient.grpc.aio.InferenceServerClient(
            f"127.0.0.1:{plain_server.grpc_port}"
        ) as client:
            return [answer async for answer in client.stream_infer(messages(), stream_timeout=60)]

    (first, none), (nothing, error), (last, no_error) = asyncio.run(run())
    assert none is nothing is no_error is None
    np.testing.assert_array_equal(first.as_numpy("a"), ONES + 2)
    assert (first.get_response().id, last.get_response().id) == ("0", "2")
    assert error.message() == NAME


def test_a_stream_that_the_client_cancels(plain_server: ovserve.Server) -> None:
    async def endless() -> AsyncIterator[dict[str, Any]]:
        while True:
            yield {"model_name": "m", "inputs": [tensor(tritonclient.grpc)]}

    async def drain(answers: AsyncIterator[Any]) -> None:
        async for _ in answers:
            pass

    async def run() -> None:
        async with tritonclient.grpc.aio.InferenceServerClient(
            f"127.0.0.1:{plain_server.grpc_port}"
        ) as client:
            answers = client.stream_infer(endless())
            for _ in range(3):
                result, error = await anext(answers)
                assert error is None
                np.testing.assert_array_equal(result.as_numpy("a"), ONES + 2)
            answers.cancel()
            with pytest.raises(asyncio.CancelledError):
                await drain(answers)
            assert await client.is_server_live()

    asyncio.run(run())
