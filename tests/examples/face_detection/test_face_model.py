"""The face detector: the interface of face-detection-retail-0004, and boxes where the faces are."""

from pathlib import Path

import numpy as np
import openvino as ov
import pytest

import face_detection
import face_model
import group_picture

Box = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def detector() -> ov.CompiledModel:
    return ov.Core().compile_model(face_model.make_model(), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(areas) - shared)


def test_interface() -> None:
    model = face_model.make_model()
    assert [(port.any_name, str(port.partial_shape), port.element_type) for port in model.inputs] == [
        ("data", "[1,3,300,300]", ov.Type.f32)
    ]
    assert [(port.any_name, str(port.partial_shape), port.element_type) for port in model.outputs] == [
        ("detection_out", "[1,1,200,7]", ov.Type.f32)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_finds_every_face_and_nothing_else(detector: ov.CompiledModel, tmp_path: Path, seed: int) -> None:
    picture, faces = group_picture.draw(1000, 800, 2 + seed % 4, seed)
    picture.save(tmp_path / "people.png")
    answer = detector([face_detection.load([tmp_path / "people.png"], 300, 300)])["detection_out"]
    found = [np.array(box) * [1000, 800, 1000, 800] for _, box in face_detection.boxes_of(answer, 0)]
    assert len(found) == len(faces)
    for face in faces:
        assert max(overlap((face.left, face.top, face.right, face.bottom), box) for box in found) > 0.6


def test_rows_end_with_image_id_minus_one(detector: ov.CompiledModel) -> None:
    rows = detector([np.zeros((1, 3, 300, 300), np.float32)])["detection_out"].reshape(200, 7)
    assert rows[0, 0] == -1
    assert face_detection.boxes_of(rows, 0) == []
