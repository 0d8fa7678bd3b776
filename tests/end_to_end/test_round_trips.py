"""Any tensor, of any type, comes back through any API as it was sent, to the last bit."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ovserve
from harness import configuration, models
from harness.bit_tensor import BitTensor
from harness.data_types import BF16, BOOL, DATA_TYPES, F16, STRING, DataType, Element, extremes_of
from harness.grpc_client import GrpcClient
from harness.protos import Protos
from harness.tensor_paths import TENSOR_PATHS, TensorPath, Wire
from ovserve.config.frontend import FrontendChoice

FIXED = (2, 3)
RANKS = (0, 3)

WAYS = [
    pytest.param(data_type, path, id=f"{data_type}-{path}")
    for data_type in DATA_TYPES
    for path in TENSOR_PATHS
    if data_type not in path.excluded
]


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory, protos: Protos, front: FrontendChoice) -> Iterator[Wire]:
    """A server with models TYPE_fixed, of one shape, and TYPE_RANK, of any shape of that rank.

    No model takes any rank: the CPU device has no such inputs.
    """
    folder = tmp_path_factory.mktemp("pass_through")
    shapes = {"fixed": FIXED, **{str(rank): (-1,) * rank for rank in RANKS}}
    entries = [
        configuration.model(
            f"{data_type}_{name}",
            models.write(models.pass_through(data_type.openvino, shape), folder / f"{data_type}_{name}"),
        )
        for data_type in DATA_TYPES
        for name, shape in shapes.items()
    ]
    with (
        ovserve.Server(configuration.document(entries), rest_port=0, grpc_frontend=front) as server,
        GrpcClient(f"127.0.0.1:{server.grpc_port}", protos) as client,
    ):
        yield Wire(client, f"http://127.0.0.1:{server.rest_port}")


def elements_of(data_type: DataType) -> st.SearchStrategy[Element]:
    extremes = st.sampled_from(extremes_of(data_type))
    if data_type == BOOL:
        return extremes
    if data_type == STRING:
        return extremes | st.binary(max_size=20) | st.text(max_size=20).map(str.encode)
    return extremes | st.integers(0, (1 << data_type.bits) - 1)


@st.composite
def tensors(draw: st.DrawFn, data_type: DataType, lowest_rank: int) -> tuple[str, BitTensor]:
    """Draw a model's name and a tensor for it."""
    kind = draw(st.sampled_from(["fixed", *(str(rank) for rank in RANKS if rank >= lowest_rank)]))
    rank = 0 if kind == "fixed" else int(kind)
    shape = FIXED if kind == "fixed" else tuple(draw(st.integers(1, 4)) for _ in range(rank))
    count = int(np.prod(shape, dtype=int))
    elements = draw(st.lists(elements_of(data_type), min_size=count, max_size=count))
    return f"{data_type}_{kind}", BitTensor(data_type, shape, tuple(elements))


def check(wire: Wire, path: TensorPath, model: str, tensor: BitTensor) -> None:
    answer = path.send(wire, model, tensor)
    if path.in_json:
        tensor, answer = tensor.without_nan_payloads(), answer.without_nan_payloads()
    assert answer == tensor


@pytest.mark.parametrize(("data_type", "path"), WAYS)
def test_any_tensor_comes_back_as_it_was(wire: Wire, data_type: DataType, path: TensorPath) -> None:
    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(tensors(data_type, path.lowest_rank))
    def run(drawn: tuple[str, BitTensor]) -> None:
        check(wire, path, *drawn)

    run()


@pytest.mark.parametrize(("data_type", "path"), WAYS)
def test_every_extreme_comes_back_as_it_was(wire: Wire, data_type: DataType, path: TensorPath) -> None:
    extremes = tuple(extremes_of(data_type))
    check(wire, path, f"{data_type}_3", BitTensor(data_type, (1, len(extremes), 1), extremes))


@pytest.mark.parametrize("path", ["TFS REST column", "TFS gRPC typed values"])
@pytest.mark.parametrize("data_type", [F16, BF16], ids=str)
def test_every_number_of_16_bits_comes_back_as_it_was(wire: Wire, data_type: DataType, path: str) -> None:
    converting = next(candidate for candidate in TENSOR_PATHS if candidate.name == path)
    check(wire, converting, f"{data_type}_3", BitTensor(data_type, (16, 64, 64), tuple(range(1 << 16))))
