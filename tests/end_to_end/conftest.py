"""Servers for end-to-end tests: in this process where its inside does not matter, else as a process.

What speaks a protocol runs on both fronts, by the fixture ``front``; so does what happens to clients when a
server starts, stops or is at its limits. Tests of models, loaders, configuration and reloads only need some
client: they run on the front that a server has by default.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openvino as ov
import pytest

import ovserve
from harness import configuration, models
from harness.call_log import CallLog
from harness.grpc_client import GrpcClient
from harness.protos import Protos
from ovserve.config.frontend import FrontendChoice


@pytest.fixture(scope="session", params=["native", "grpcio"])
def front(request: pytest.FixtureRequest) -> FrontendChoice:
    """The front of the server at hand. Of the widest scope, so that tests of one front come together."""
    chosen: FrontendChoice = request.param
    return chosen


@pytest.fixture(scope="module")
def add_one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """base_path of the model of the observed facts, versions 1 (b + 1) and 2 (b + 2)."""
    base_path = tmp_path_factory.mktemp("models") / "add_one"
    models.write(models.add_constant(1.0), base_path, 1)
    return models.write(models.add_constant(2.0), base_path, 2)


@pytest.fixture
def call_log(tmp_path: Path) -> CallLog:
    return CallLog(tmp_path / "calls.log")


@pytest.fixture(scope="module")
def plain_server(add_one: Path, front: FrontendChoice) -> Iterator[ovserve.Server]:
    """A server with one plain model ``m``, version 1 and 2 of ``add_one``."""
    policy = {"all": {}}
    entry = configuration.model("m", add_one, model_version_policy=policy)
    with ovserve.Server(configuration.document([entry]), rest_port=0, grpc_frontend=front) as server:
        yield server


@pytest.fixture(scope="module")
def client(plain_server: ovserve.Server, protos: Protos) -> Iterator[GrpcClient]:
    with GrpcClient(f"127.0.0.1:{plain_server.grpc_port}", protos) as client:
        yield client


@pytest.fixture(scope="package")
def typed_server(tmp_path_factory: pytest.TempPathFactory, front: FrontendChoice) -> Iterator[ovserve.Server]:
    """Identity models ``x`` to ``y``, one per data type, named like numpy's dtype; and ``string``."""
    folder = tmp_path_factory.mktemp("typed")
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    written = {dtype: models.identity(ov.Type(np.dtype(dtype))) for dtype in models.DTYPES}
    written["string"] = models.string_identity()
    entries = [
        configuration.model(name, models.write(model, folder / name), plugin_config=exact)
        for name, model in written.items()
    ]
    with ovserve.Server(configuration.document(entries), rest_port=0, grpc_frontend=front) as server:
        yield server
