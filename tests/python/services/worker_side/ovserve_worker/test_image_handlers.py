"""Handlers of images over OpenVINO models whose answers can be reckoned by hand."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import pytest
from openvino import opset15 as ops
from PIL import Image

from harness.services import PATIENCE_S, Services
from ovserve.services import Service

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (40, 20), kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def channel_means(channels_last: bool = False) -> ov.Model:
    """Scores are ten times the mean of each channel."""
    shape = [-1, 8, 8, 3] if channels_last else [-1, 3, 8, 8]
    x = ops.parameter(shape, ov.Type.f32, "x")
    axes = np.array([1, 2] if channels_last else [2, 3], np.int64)
    scores = ops.multiply(ops.reduce_mean(x, ops.constant(axes)), ops.constant(np.float32(10)))
    return ov.Model([scores], [x], "means")


def detections(rows: np.ndarray[Any, Any]) -> ov.Model:
    """Always the same detections, whatever the image."""
    x = ops.parameter([1, 3, 10, 20], ov.Type.f32, "x")
    nothing = ops.multiply(ops.reduce_max(x, ops.constant(np.arange(4))), ops.constant(np.float32(0)))
    return ov.Model([ops.add(ops.constant(rows.astype(np.float32)), nothing)], [x], "ssd")


def boxes_and_labels(boxes: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> ov.Model:
    x = ops.parameter([1, 3, 10, 20], ov.Type.f32, "x")
    nothing = ops.multiply(ops.reduce_max(x, ops.constant(np.arange(4))), ops.constant(np.float32(0)))
    outputs = []
    for name, value in (("boxes", boxes), ("labels", labels)):
        node = ops.add(ops.constant(value.astype(np.float32)), nothing)
        node.output(0).set_names({name})
        outputs.append(node)
    return ov.Model(outputs, [x], "atss")


def start(
    services: Services, model: ov.Model, handler: str, labels: object = None, **settings: Any
) -> Service:
    folder = services.folder("model")
    ov.save_model(model, folder / "net.xml", compress_to_fp16=False)
    if labels is not None:
        (folder / "index_to_name.json").write_text(json.dumps(labels))
    return services.start(handler=handler, model_dir=folder, **settings)


def answer(services: Services, service: Service, data: bytes, content_type: str = "image/png") -> Any:
    return json.loads(bytes(services.ask(service, data, content_type=content_type).body))


@pytest.mark.parametrize("channels_last", [False, True])
def test_classes_come_with_probabilities_the_best_first(services: Services, channels_last: bool) -> None:
    names = {"0": "red", "1": "green", "2": "blue"}
    service = start(services, channel_means(channels_last), "image_classifier", names)
    for colour, name in ((RED, "red"), (GREEN, "green"), (BLUE, "blue")):
        seen = answer(services, service, picture(colour))
        assert next(iter(seen)) == name
        assert set(seen) == {"red", "green", "blue"}
        assert sum(seen.values()) == pytest.approx(1)


def test_a_batch_of_images_of_different_sizes_and_kinds(services: Services) -> None:
    service = start(services, channel_means(), "image_classifier", batch_size=3, max_batch_delay_s=PATIENCE_S)
    bodies = [picture(RED, (9, 9)), picture(GREEN, (300, 20), "JPEG"), picture(BLUE, kind="BMP")]
    futures = [services.begin(service, body) for body in bodies]
    best = [next(iter(json.loads(bytes(future.result(PATIENCE_S).body)))) for future in futures]
    assert best == ["0", "1", "2"]


def test_images_come_as_base64_and_pixels_too(services: Services) -> None:
    service = start(services, channel_means(), "image_classifier")
    text = base64.b64encode(picture(GREEN))
    assert next(iter(answer(services, service, text, "text/plain"))) == "1"
    pixels = np.zeros((3, 8, 8))
    pixels[2] = 1
    body = json.dumps(pixels.tolist()).encode()
    assert next(iter(answer(services, service, body, "application/json"))) == "2"


@pytest.mark.parametrize(
    ("body", "content_type"), [(b"no image", "image/png"), (b"", ""), (b"*no base64*", "text/plain")]
)
def test_what_is_no_image_is_the_clients_mistake(services: Services, body: bytes, content_type: str) -> None:
    service = start(services, channel_means(), "image_classifier")
    failure = services.failure(service, body, content_type=content_type)
    assert failure.status == 400
    assert "image" in failure.message


def test_an_image_with_too_many_pixels_is_refused_unless_the_limit_is_lifted(services: Services) -> None:
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    service = start(services, channel_means(), "image_classifier")
    failure = services.failure(service, file.getvalue())
    assert failure.status == 400
    assert "cannot be decoded" in failure.message


def test_a_subclass_sets_what_its_network_wants(services: Services) -> None:
    folder = services.folder(
        "model",
        service="""
        from ts.torch_handler.image_classifier import ImageClassifier

        class Handler(ImageClassifier):
            topk = 1
            reverse_channels = True
            mean = std = None
        """,
    )
    ov.save_model(channel_means(), folder / "net.xml")
    service = services.start(handler="service", model_dir=folder)
    assert list(answer(services, service, picture(RED))) == ["2"]


def test_objects_are_where_they_are_in_the_image_that_came(services: Services) -> None:
    rows = np.array([[0, 1, 0.9, 0.25, 0.5, 0.5, 1.0], [0, 2, 0.3, 0, 0, 1, 1], [-1, 1, 0.9, 0, 0, 1, 1]])
    service = start(services, detections(rows[None, None]), "object_detector", {"1": "cat", "2": "dog"})
    seen = answer(services, service, picture(RED, (400, 100)))
    assert len(seen) == 1
    assert seen[0]["cat"] == pytest.approx([100, 50, 200, 100])
    assert seen[0]["score"] == pytest.approx(0.9)


def test_boxes_beside_labels_are_in_pixels_of_the_network(services: Services) -> None:
    boxes = np.array([[2, 1, 10, 5, 0.8], [0, 0, 1, 1, 0.1]])
    service = start(services, boxes_and_labels(boxes, np.array([3, 4])), "object_detector")
    seen = answer(services, service, picture(RED, (200, 50)))
    assert len(seen) == 1
    assert seen[0]["3"] == pytest.approx([20, 5, 100, 25])


def test_each_image_of_a_batch_has_its_own_objects(services: Services) -> None:
    rows = np.array([[0, 1, 0.9, 0, 0, 1, 1]])
    service = start(
        services, detections(rows[None, None]), "object_detector", batch_size=2, max_batch_delay_s=PATIENCE_S
    )
    futures = [services.begin(service, picture(RED, size)) for size in ((10, 10), (30, 60))]
    boxes = [json.loads(bytes(future.result(PATIENCE_S).body))[0]["1"] for future in futures]
    assert boxes == [[0, 0, 10, 10], [0, 0, 30, 60]]


def test_a_missing_package_is_named(services: Services, tmp_path: Path) -> None:
    folder = services.folder("model")
    ov.save_model(channel_means(), folder / "net.xml")
    service = services.add(
        handler="image_classifier",
        model_dir=folder,
        environment={"PYTHONPATH": str(tmp_path / "blocked")},
    )
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "openvino.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'openvino'\", name='openvino')"
    )
    failure = services.scale_result(service).failure
    assert failure is not None
    assert failure.permanent
    assert "net.xml needs the package 'openvino', which the workers' Python lacks" in failure.message
