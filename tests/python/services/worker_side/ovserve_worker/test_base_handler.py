"""Handlers that write only what comes before and after an OpenVINO model."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import pytest

from harness import models
from harness.services import PATIENCE_S, Services
from ovserve.services import Part, Service

# Numbers are compared: the CPU's own choice may be bf16.
EXACT = {"openvino": {"config": {"INFERENCE_PRECISION_HINT": "f32"}}}


def start(services: Services, model: ov.Model, **settings: Any) -> Service:
    folder = services.folder("model")
    ov.save_model(model, folder / "net.xml", compress_to_fp16=False)
    return services.start(handler="base_handler", model_dir=folder, model_yaml=EXACT, **settings)


def answer(services: Services, service: Service, data: bytes, content_type: str = "application/json") -> Any:
    return json.loads(bytes(services.ask(service, data, content_type=content_type).body))


def test_a_handler_without_code_answers_with_the_models_output(services: Services) -> None:
    service = start(services, models.add_constant(0.5, (-1, 3)))
    assert answer(services, service, b"[1, 2, 3]") == [1.5, 2.5, 3.5]
    raw = np.array([4, 5, 6], np.float32).tobytes()
    assert answer(services, service, raw, "") == [4.5, 5.5, 6.5]


def test_requests_of_a_batch_keep_their_items(services: Services) -> None:
    service = start(services, models.add_constant(1, (-1, 2)), batch_size=3, max_batch_delay_s=PATIENCE_S)
    bodies = [b"[1, 2]", b"[[3, 4], [5, 6]]", b"[[7, 8]]"]
    futures = [services.begin(service, body, content_type="application/json") for body in bodies]
    answers = [json.loads(bytes(future.result(PATIENCE_S).body)) for future in futures]
    assert answers == [[[2.0, 3.0]], [[4.0, 5.0], [6.0, 7.0]], [[8.0, 9.0]]]


def test_a_model_for_one_item_takes_batches(services: Services) -> None:
    service = start(services, models.add_constant(1, (1, 2)), batch_size=2, max_batch_delay_s=PATIENCE_S)
    futures = [services.begin(service, b"[%d, 0]" % n, content_type="application/json") for n in (1, 2)]
    assert [json.loads(bytes(f.result(PATIENCE_S).body)) for f in futures] == [[2.0, 1.0], [3.0, 1.0]]


@pytest.mark.parametrize(
    "body", [b'"text"', b"[1, 2]", b'[["a", "b", "c"]]', b'{"a": 1}', b"7", b"[[[1, 2, 3]]]", b"null", b"[]"]
)
def test_input_that_the_model_does_not_take_is_the_clients_mistake(services: Services, body: bytes) -> None:
    service = start(services, models.add_constant(1, (-1, 3)))
    failure = services.failure(service, body, content_type="application/json")
    assert failure.status == 400
    assert answer(services, service, b"[1, 2, 3]") == [2.0, 3.0, 4.0]


def test_tensors_go_in_as_they_come(services: Services) -> None:
    service = start(services, models.add_constant(1, (-1, 3)))
    part = Part("b", "", np.arange(3, dtype=np.float32).tobytes(), "FP32", (1, 3))
    assert json.loads(bytes(services.ask(service, parts=(part,)).body)) == [1.0, 2.0, 3.0]


def test_a_handler_of_the_archive_adds_what_it_needs(services: Services) -> None:
    folder = services.folder(
        "model",
        service="""
        import numpy as np
        from ts.torch_handler.base_handler import BaseHandler

        class Handler(BaseHandler):
            def preprocess(self, data):
                return np.array([[len(row["body"])] * 3 for row in data], np.float32)

            def postprocess(self, data):
                common = {"device": self.device, "mapping": self.mapping}
                return [{**common, "sum": float(row.sum())} for row in data]
        """,
    )
    (folder / "index_to_name.json").write_text('{"0": ["n01", "cat"], "1": "dog"}')
    ov.save_model(models.add_constant(1, (-1, 3)), folder / "some.xml")
    service = services.start(
        handler="service", model_dir=folder, manifest={"model": {"serializedFile": "some.xml"}}
    )
    seen = answer(services, service, b"12345", "")
    assert seen == {"device": "CPU", "mapping": {"0": "cat", "1": "dog"}, "sum": 18.0}


@pytest.mark.parametrize(
    ("files", "manifest", "message"),
    [
        ((), {}, "the archive has no model"),
        (("a.xml", "b.xml"), {}, "the archive has several models (a.xml, b.xml)"),
        ((), {"model": {"serializedFile": "gone.onnx"}}, "the archive lacks gone.onnx"),
        (("net.pt",), {"model": {"serializedFile": "net.pt"}}, "net.pt needs the package 'torch'"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_named(
    services: Services, files: tuple[str, ...], manifest: dict[str, Any], message: str
) -> None:
    folder = services.folder("model")
    for name in files:
        (folder / name).touch()
    service = services.add(handler="base_handler", model_dir=folder, manifest=manifest)
    failure = services.scale_result(service).failure
    assert failure is not None
    assert message in failure.message


def test_methods_are_timed_where_the_model_asks_for_it(services: Services) -> None:
    folder = services.folder("model")
    ov.save_model(models.add_constant(1, (-1, 3)), folder / "net.xml")
    service = services.start(
        handler="base_handler", model_dir=folder, model_yaml={"handler": {"profile": True}}
    )
    answer(services, service, b"[1, 2, 3]")

    async def snapshot() -> Any:
        return service.metrics()

    names = {series.name for series in services.run(snapshot()).custom}
    assert names == {
        "HandlerTime",
        "ts_handler_preprocess",
        "ts_handler_inference",
        "ts_handler_postprocess",
    }


def test_a_batch_in_small_parts_gives_the_same_answers(services: Services) -> None:
    folder = services.folder(
        "model",
        service="""
        from ts.handler_utils.micro_batching import MicroBatching

        class Handler:
            def initialize(self, context):
                self.handle = MicroBatching(self, micro_batch_size=2, parallelism={"inference": 2})
                self.handler = self

            def _is_describe(self): return False
            def _is_explain(self): return False
            def preprocess(self, data): return [int(bytes(row["body"])) for row in data]
            def inference(self, data): return [n * n for n in data]
            def postprocess(self, data): return [str(n) for n in data]
            def handle(self, data, context): raise AssertionError
        _handler = Handler()

        def handle(data, context):
            if data is None:
                return _handler.initialize(context)
            return _handler.handle(data, context)
        """,
    )
    service = services.start(model_dir=folder, batch_size=5, max_batch_delay_s=PATIENCE_S)
    futures = [services.begin(service, b"%d" % n) for n in range(5)]
    assert [bytes(f.result(PATIENCE_S).body) for f in futures] == [b"0", b"1", b"4", b"9", b"16"]


def test_two_outputs_become_an_object(services: Services) -> None:
    folder = services.folder(
        "model",
        service="""
        import numpy as np
        from ts.torch_handler.base_handler import BaseHandler

        class Handler(BaseHandler):
            def preprocess(self, data):
                values = np.array([row["body"] for row in data], np.float32)
                return {"x": values, "y": values * 2}
        """,
    )
    ov.save_model(models.two_inputs(), folder / "net.xml")
    service = services.start(handler="service", model_dir=folder)
    assert answer(services, service, b"[1, 2, 3, 4]") == {
        "difference": [-1.0, -2.0, -3.0, -4.0],
        "sum": [3.0, 6.0, 9.0, 12.0],
    }


# As much of torch as a base handler uses.
TORCH = """
import contextlib, json
import numpy

class Tensor: pass
def save(tensor, file): file.write(b"saved")
def device(name): return "device " + name
def inference_mode(): return contextlib.nullcontext()
def as_tensor(data, device): return numpy.asarray(data)
def load(path, map_location, weights_only):
    assert weights_only
    return json.load(open(path))

class jit:
    @staticmethod
    def load(path, map_location):
        class Module:
            def eval(self): return self
            def __call__(self, data): return data * len(open(path).read())
        return Module()
"""
NETWORK = """
class Net:
    def load_state_dict(self, weights): self.factor = weights["factor"]
    def eval(self): return self
    def __call__(self, data): return data * self.factor
"""


@pytest.mark.parametrize("model_file", ["", "network.py"])
def test_torch_runs_what_needs_it_where_it_is_installed(
    services: Services, tmp_path: Path, model_file: str
) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "torch.py").write_text(TORCH)
    folder = services.folder("model", network=NETWORK)
    (folder / "weights.pt").write_text('{"factor": 3}')
    service = services.start(
        handler="base_handler",
        model_dir=folder,
        manifest={"model": {"serializedFile": "weights.pt", "modelFile": model_file}},
        environment={"PYTHONPATH": str(packages)},
    )
    factor = 3.0 if model_file else 13.0
    assert answer(services, service, b"[1, 2]") == [factor, 2 * factor]


def test_a_tensor_of_torch_is_answered_in_torchs_own_format(services: Services, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "torch.py").write_text(TORCH)
    service = services.start(
        "import torch\ndef handle(data, context): return [torch.Tensor()] if data else None",
        environment={"PYTHONPATH": str(packages)},
    )
    assert bytes(services.ask(service).body) == b"saved"
