"""A classifier of handwritten digits: trained on real scans, written as OpenVINO IR."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import opset13 as ops
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

Images = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

INPUT = "images"
OUTPUT = "probabilities"

# The scans have sixteen shades of grey.
_WHITE = 16.0


@dataclass(frozen=True)
class Digits:
    """Scans shaped [count, 8, 8] with values 0 to 16, and the digits that people see in them."""

    images: Images
    labels: Labels


def load() -> tuple[Digits, Digits]:
    """Return the scans to train on and, apart from them, those to test with. Always the same split."""
    scans = load_digits()
    train_x, test_x, train_y, test_y = train_test_split(
        scans.images.astype(np.float32), scans.target, test_size=0.3, random_state=0, stratify=scans.target
    )
    return Digits(train_x, train_y), Digits(test_x, test_y)


def train(digits: Digits) -> MLPClassifier:
    """Fit one hidden layer; takes a second or two."""
    classifier = MLPClassifier(
        hidden_layer_sizes=(96,), alpha=1e-3, learning_rate_init=0.003, max_iter=400, random_state=0
    )
    # Matrices this small are not worth more threads, which on a busy machine wait for each other.
    with threadpool_limits(limits=1):
        classifier.fit(digits.images.reshape(len(digits.images), -1) / _WHITE, digits.labels)
    return classifier


def to_openvino(classifier: MLPClassifier) -> ov.Model:
    """Build the same function from OpenVINO operations.

    Args:
        classifier: as :func:`train` returns it.

    Returns:
        A model with input ``images`` [any, 8, 8] f32 (0 to 16) and output ``probabilities`` [any, 10].
    """
    images = ops.parameter([-1, 8, 8], np.float32, name=INPUT)
    images.output(0).set_names({INPUT})
    values = ops.divide(ops.reshape(images, np.array([0, -1]), special_zero=True), np.float32(_WHITE))
    last = len(classifier.coefs_) - 1
    for layer, (weights, bias) in enumerate(zip(classifier.coefs_, classifier.intercepts_, strict=True)):
        values = ops.matmul(values, weights.astype(np.float32), False, False)
        values = ops.add(values, bias.astype(np.float32))
        values = ops.softmax(values, axis=1) if layer == last else ops.relu(values)
    values.output(0).set_names({OUTPUT})
    return ov.Model([values], [images], "digits")


def write_ir(model: ov.Model, xml: Path) -> None:
    """Write ``xml`` and the weights beside it, as f32."""
    xml.parent.mkdir(parents=True, exist_ok=True)
    ov.save_model(model, xml, compress_to_fp16=False)
