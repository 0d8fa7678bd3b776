"""The two handlers that the documents of TorchServe and MMS print, word for word but for their comments."""

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
