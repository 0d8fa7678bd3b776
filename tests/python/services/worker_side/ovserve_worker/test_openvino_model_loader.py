"""Loaders over an OpenVINO model whose answers can be reckoned by hand."""

import json
from typing import Any

import numpy as np
import openvino as ov
import pytest
from openvino import opset15 as ops

from harness.model_loaders import message, picture
from harness.services import Services
from ovserve.services import Service

LOADER = """
from modelloader.openvino_model_loader import OpenVINOModelLoader

class ColourModelLoader(OpenVINOModelLoader):
    model_path = "net.xml"

    def postprocessing(self, data):
        names = ("red", "green", "blue")
        return [{"Cs": float(v), "Lb": n, "Dm": {"size": self.image_size}} for n, v in zip(names, data[0])]
"""


def channel_means(channels_last: bool) -> ov.Model:
    shape = [1, 8, 8, 3] if channels_last else [1, 3, 8, 8]
    x = ops.parameter(shape, ov.Type.f32, "x")
    axes = np.array([1, 2] if channels_last else [2, 3], np.int64)
    return ov.Model([ops.reduce_mean(x, ops.constant(axes))], [x], "means")


def add(services: Services, code: str, model: ov.Model | None, section: dict[str, Any]) -> Service:
    folder = services.folder(colours=code)
    if model is not None:
        ov.save_model(model, folder / "net.xml", compress_to_fp16=False)
    loader = {
        **{"module": "colours", "class_name": "ColourModelLoader", "method": "predict_request"},
        **{"section": "Colours", "config": {"Colours": section}, "search_path": str(folder)},
    }
    return services.add(model_dir=folder, loader=loader, max_retry_s=0)


@pytest.mark.parametrize("channels_last", [False, True])
def test_the_image_is_laid_out_as_the_model_wants(services: Services, channels_last: bool) -> None:
    service = add(services, LOADER, channel_means(channels_last), {})
    assert services.scale_result(service).failure is None
    body = json.dumps(message(Base_64=picture((255, 102, 51)), C_threshold=0.3)).encode()
    answer = json.loads(bytes(services.ask(service, body, content_type="application/json").body))
    assert [(item["Lb"], round(item["Cs"], 4)) for item in answer["Fs"]] == [("red", 1.0), ("green", 0.4)]
    assert answer["Fs"][0]["Dm"]["size"] == [40, 20]
    body = json.dumps(message(Base_64="aGVsbG8=")).encode()
    reply = services.ask(service, body, content_type="application/json")
    assert reply.status == 400
    assert "cannot be decoded" in json.loads(bytes(reply.body))["Rm"]


@pytest.mark.parametrize(
    ("code", "section", "word"),
    [
        (LOADER, {}, "no model at"),
        (LOADER.replace('"net.xml"', "None"), {"model_path": [""]}, "set model_path"),
    ],
)
def test_a_model_that_is_not_there(services: Services, code: str, section: dict[str, Any], word: str) -> None:
    failure = services.scale_result(add(services, code, None, section)).failure
    assert failure is not None
    assert word in failure.message
