"""The client of tests, against a real server."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import ovserve
from harness import configuration
from ovserve.testing.client import Client, RefusedError
from ovserve.testing.tiny_model import write_tiny_model


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    model = write_tiny_model(tmp_path / "tiny")
    document = configuration.document([configuration.model("tiny", model.base_path)])
    with ovserve.Server(document, rest_port=0) as server:
        assert server.rest_port is not None
        yield Client(server.rest_port, "tiny", model.input, model.output)


def test_numbers_come_back_as_they_are(client: Client) -> None:
    numbers = np.array([[0.1, -0.0, 1e-38, 3e38, 7, 1 / 3, 2**24, 5, 6, 9]], np.float32)
    answer = client.infer(numbers)
    np.testing.assert_array_equal(answer, numbers + 1)
    assert answer.dtype == np.float32


def test_refusals_are_told(client: Client) -> None:
    with pytest.raises(RefusedError, match=r"404: .*not found") as caught:
        client.infer_all("nobody", {"x": np.zeros((1, 10), np.float32)})
    assert caught.value.status == 404
    with pytest.raises(RefusedError, match="400"):
        client.infer(np.zeros((1, 11), np.float32))


def test_any_request(client: Client) -> None:
    assert client.request("GET", "/v1/config")["tiny"]["model_version_status"][0]["state"] == "AVAILABLE"
    assert client.request("GET", "/v2/health/live") is None
