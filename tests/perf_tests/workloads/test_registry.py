import numpy as np
import pytest

from perf.workloads.registry import WORKLOADS

SERVED = [workload for workload in WORKLOADS.values() if workload.name != "conv"]


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


def test_services_come_unbatched_and_in_batches() -> None:
    sizes = {name: one.service.batch_size for name, one in WORKLOADS.items() if one.service is not None}
    assert sizes == {"noop_service": 1, "noop_service_8": 8, "mlp_service": 1, "mlp_service_8": 8}
