"""The two services that the documents of TorchServe and MMS print, without their comments."""

import pytest

from harness.services import PATIENCE_S, Services
from ovserve.services import ServiceFailure

MODEL_HANDLER = '''
import logging


class ModelHandler(object):
    """
    A base Model handler implementation.
    """

    def __init__(self):
        self.error = None
        self._context = None
        self._batch_size = 0
        self.initialized = False

    def initialize(self, context):
        self._context = context
        self._batch_size = context.system_properties["batch_size"]
        self.initialized = True

    def preprocess(self, batch):
        assert self._batch_size == len(batch), "Invalid input batch size: {}".format(len(batch))
        return None

    def inference(self, model_input):
        return None

    def postprocess(self, inference_output):
        return ["OK"] * self._batch_size

    def handle(self, data, context):
        model_input = self.preprocess(data)
        model_out = self.inference(model_input)
        return self.postprocess(model_out)

_service = ModelHandler()


def handle(data, context):
    if not _service.initialized:
        _service.initialize(context)

    if data is None:
        return None

    return _service.handle(data, context)
'''

GPU_HANDLER = """
class ModelHandler(object):
    def __init__(self):
        self.device = None

    def initialize(self, context):
        gpu_id = context.system_properties.get("gpu_id")
        self.device = "cuda:" + str(gpu_id) if gpu_id is not None else "cpu"

    def handle(self, data, context):
        return [self.device] * len(data)
"""


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
