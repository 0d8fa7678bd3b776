import numpy as np
import pytest

from perf.workloads.registry import WORKLOADS

SERVED = [
    workload for workload in WORKLOADS.values() if workload.graph is not None and workload.name != "conv"
]


@pytest.mark.parametrize("workload", SERVED, ids=lambda workload: workload.name)
def test_inputs_are_the_same_every_time_and_fit_the_model(workload: object) -> None:
    first, second = workload.model_inputs(), workload.model_inputs()  # type: ignore[attr-defined]
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
    outputs = workload.expected()  # type: ignore[attr-defined]
    assert all(np.isfinite(array).all() for array in outputs.values())


def test_sizes_are_those_that_the_names_promise() -> None:
    assert WORKLOADS["tiny"].model_inputs()["b"].shape == (1, 10)
    assert WORKLOADS["large"].model_inputs()["b"].nbytes == 12 << 20
    image = WORKLOADS["image"].request_inputs()["b"]
    assert image[0][:3] == b"\xff\xd8\xff"


def test_what_cannot_be_served_yet_says_what_it_awaits() -> None:
    awaiting = {name for name, workload in WORKLOADS.items() if workload.graph is None}
    assert awaiting == {"noop_service", "mlp_service"}
    assert all(WORKLOADS[name].awaits for name in awaiting)
