"""The two services that the documents of TorchServe and MMS print, without their comments."""

import pytest

from harness.document_handlers import GPU_HANDLER, MODEL_HANDLER
from harness.services import PATIENCE_S, Services
from ovserve.services import ServiceFailure


@pytest.mark.parametrize("handler", ["service:handle", "service", "service.py", "service.py:handle"])
def test_the_model_handler_answers_ok(services: Services, handler: str) -> None:
    service = services.start(MODEL_HANDLER, handler)
    assert bytes(services.ask(service, b"anything").body) == b"OK"


def test_its_own_assertion_fails_on_a_partial_batch_and_it_lives_on(services: Services) -> None:
    service = services.start(MODEL_HANDLER, batch_size=2, max_batch_delay_s=0.05)
    with pytest.raises(ServiceFailure) as error:
        services.ask(service)
    assert (error.value.status, error.value.message) == (503, "Prediction failed")
    assert any("Invalid input batch size: 1" in line for line in services.output())
    pids = services.pids(service)
    services.stop(service)
    full = services.start(MODEL_HANDLER, name="full", batch_size=2, max_batch_delay_s=PATIENCE_S)
    both = [services.begin(full) for _ in range(2)]
    assert [bytes(each.result(PATIENCE_S).body) for each in both] == [b"OK", b"OK"]
    assert len(pids) == 1


def test_workers_take_turns_with_the_devices(services: Services) -> None:
    service = services.start(GPU_HANDLER, "service", device_ids=(2, 5), min_workers=2)
    workers = services.describe(service).workers
    assert {worker.gpu_id for worker in workers} == {2, 5}
    assert bytes(services.ask(service).body) in (b"cuda:2", b"cuda:5")
    on_cpu = services.start(GPU_HANDLER, "service", name="cpu", device_ids=(2,), device_type="cpu")
    assert bytes(services.ask(on_cpu).body) == b"cpu"
