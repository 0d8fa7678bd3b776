"""The digit classifier: its interface, and that IR says the same as what was trained."""

from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from sklearn.neural_network import MLPClassifier

import digits_model


@pytest.fixture(scope="module")
def split() -> tuple[digits_model.Digits, digits_model.Digits]:
    return digits_model.load()


@pytest.fixture(scope="module")
def classifier(split: tuple[digits_model.Digits, digits_model.Digits]) -> MLPClassifier:
    return digits_model.train(split[0])


def test_no_scan_is_both_trained_on_and_tested_with(
    split: tuple[digits_model.Digits, digits_model.Digits],
) -> None:
    training, test = split
    seen = {image.tobytes() for image in training.images}
    assert len(training.images) + len(test.images) == 1797
    assert not [image for image in test.images if image.tobytes() in seen]


def test_ir_answers_like_the_trained_classifier(
    split: tuple[digits_model.Digits, digits_model.Digits], classifier: MLPClassifier, tmp_path: Path
) -> None:
    test = split[1]
    digits_model.write_ir(digits_model.to_openvino(classifier), tmp_path / "new" / "digits.xml")
    core = ov.Core()
    model = core.read_model(tmp_path / "new" / "digits.xml")
    assert (tmp_path / "new" / "digits.bin").stat().st_size > 0
    assert [(port.any_name, str(port.partial_shape)) for port in (*model.inputs, *model.outputs)] == [
        ("images", "[?,8,8]"),
        ("probabilities", "[?,10]"),
    ]
    compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    answer = compiled({"images": test.images})["probabilities"]
    expected = classifier.predict_proba(test.images.reshape(len(test.images), -1) / 16)
    np.testing.assert_allclose(answer, expected, atol=1e-4)
    assert np.mean(answer.argmax(axis=1) == test.labels) > 0.95
