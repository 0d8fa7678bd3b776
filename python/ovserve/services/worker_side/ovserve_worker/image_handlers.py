"""Base handlers for networks that look at images. They need Pillow in the workers' Python."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

from ovserve_worker.base_handler import BaseHandler, body_of, timed
from ovserve_worker.exceptions import PredictionException
from ovserve_worker.labels import map_class_to_label
from ovserve_worker.networks import require

_BAD_REQUEST = 400


class ImageHandler(BaseHandler):
    """Decodes images, fits them to the network's input, and puts them into its layout.

    Attributes:
        image_processing: what is called with a Pillow image in place of that, if a subclass sets it.
        mean: subtracted from each channel, of values from 0 to 1.
        std: each channel is then divided by it.
        reverse_channels: whether the network wants BGR.
    """

    image_processing: Any = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    scale = 255.0
    reverse_channels = False

    def __init__(self) -> None:
        super().__init__()
        self.image_sizes: list[tuple[int, int]] = []
        """Width and height of each image of the batch, as it came."""

    def initialize(self, context: Any) -> None:
        """Load the network, and keep or lift Pillow's limit of pixels."""
        super().initialize(context)
        if not context.system_properties.get("limit_max_image_pixels", True):
            require("PIL.Image", "an image").MAX_IMAGE_PIXELS = None

    @timed
    def preprocess(self, data: list[Any]) -> Any:
        """Return the batch's images as one array; a request may also hold pixels as a JSON list."""
        numpy = require("numpy", "an image")
        self.image_sizes = []
        images = []
        for row in data:
            value = body_of(row)
            if isinstance(value, str):
                value = _from_base64(value)
            if isinstance(value, (bytes, bytearray, memoryview)):
                image = self.decode(bytes(value))
                self.image_sizes.append(image.size)
                process = self.image_processing or self.prepare
                images.append(self.network_array(process(image)))
            else:
                pixels = numpy.asarray(value, dtype=self._input()[1])
                height, width = self._spatial(pixels.shape)
                self.image_sizes.append((width, height))
                images.append(pixels)
        self._counts = [1] * len(images)
        return numpy.stack(images)

    def decode(self, data: bytes) -> Any:
        """Return a Pillow image with three channels.

        Raises:
            PredictionException: 400, it is no image, or one with too many pixels.
        """
        pillow = require("PIL.Image", "an image")
        try:
            image = pillow.open(io.BytesIO(data))
            return image.convert("L" if self._channels() == 1 else "RGB")
        except (OSError, ValueError, SyntaxError, pillow.DecompressionBombError) as error:
            raise PredictionException(f"the image cannot be decoded: {error}", _BAD_REQUEST) from None

    def prepare(self, image: Any) -> Any:
        """Return an image as the network wants it: size, values and layout."""
        numpy = require("numpy", "an image")
        height, width = self._spatial(self._input()[0][1:])
        if height is not None and width is not None:
            image = image.resize((width, height))
        pixels = numpy.asarray(image)
        if pixels.ndim == 2:
            pixels = pixels[:, :, None]
        if self.reverse_channels:
            pixels = pixels[:, :, ::-1]
        if self._input()[1].startswith("float"):
            pixels = pixels.astype("float32") / self.scale
            if self.mean is not None:
                pixels = pixels - numpy.asarray(self.mean, "float32")
            if self.std is not None:
                pixels = pixels / numpy.asarray(self.std, "float32")
        return numpy.ascontiguousarray(pixels.transpose(2, 0, 1) if self._channels_first() else pixels)

    def network_array(self, pixels: Any) -> Any:
        """Return pixels as an array of the network's type."""
        return require("numpy", "an image").asarray(pixels, dtype=self._input()[1])

    def _input(self) -> tuple[tuple[int | None, ...], str]:
        shape, type_name = self._input_of_model()
        return shape or (None, 3, None, None), type_name

    def _channels_first(self) -> bool:
        shape = self._input()[0]
        return len(shape) != 4 or shape[3] not in (1, 3) or shape[1] in (1, 3)

    def _channels(self) -> int | None:
        shape = self._input()[0]
        return shape[1 if self._channels_first() else 3] if len(shape) == 4 else 3

    def _spatial(self, shape: Any) -> tuple[Any, Any]:
        """Return height and width of an image's shape."""
        if len(shape) != 3:
            return None, None
        return (shape[1], shape[2]) if self._channels_first() else (shape[0], shape[1])


class ImageClassificationHandler(ImageHandler):
    """Answers with the most likely classes and their probabilities.

    Attributes:
        topk: how many.
    """

    topk = 5

    def set_max_result_classes(self, topk: int) -> None:
        """Set how many classes an answer has."""
        self.topk = topk

    def get_max_result_classes(self) -> int:
        """Return how many classes an answer has."""
        return self.topk

    @timed
    def postprocess(self, data: Any) -> list[Any]:
        """Return class name to probability, the most likely first; scores are made probabilities."""
        numpy = require("numpy", "the output")
        if isinstance(data, dict):
            data = next(iter(data.values()))
        scores = numpy.asarray(data, dtype="float64").reshape(len(data), -1)
        if (scores < 0).any() or (abs(scores.sum(axis=1) - 1) > 1e-2).any():
            scores = numpy.exp(scores - scores.max(axis=1, keepdims=True))
            scores /= scores.sum(axis=1, keepdims=True)
        best = numpy.argsort(-scores, axis=1, kind="stable")[:, : self.topk]
        values = numpy.take_along_axis(scores, best, axis=1)
        return map_class_to_label(values.tolist(), self.mapping, best.tolist())


class ObjectDetectionHandler(ImageHandler):
    """Answers with the objects found in each image: ``[{name: [x1, y1, x2, y2], "score": s}, ...]``.

    Boxes are in pixels of the image that came. Understood are one output of rows
    (image, class, score, x1, y1, x2, y2) with corners from 0 to 1, rows (x1, y1, x2, y2, score) beside
    classes, and outputs named boxes, labels and scores; both in pixels of the network's input.

    Attributes:
        threshold: the least score.
    """

    threshold = 0.5

    @timed
    def inference(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the network's output for each image of the batch."""
        return [self.model(image[None], *args, **kwargs) for image in data]

    @timed
    def postprocess(self, data: Any) -> list[Any]:
        """Return the objects of each image."""
        answers = []
        height, width = self._spatial(self._input()[0][1:])
        for output, (image_width, image_height) in zip(data, self.image_sizes):
            boxes, labels, scores, relative = _detections(output)
            across = image_width if relative else image_width / (width or image_width)
            down = image_height if relative else image_height / (height or image_height)
            found = []
            for box, label, score in zip(boxes, labels, scores):
                if score >= self.threshold:
                    corners = [float(box[0] * across), float(box[1] * down)]
                    corners += [float(box[2] * across), float(box[3] * down)]
                    found.append(map_class_to_label([[corners]], self.mapping, [[int(label)]])[0])
                    found[-1]["score"] = float(score)
            answers.append(found)
        return answers


def _detections(output: Any) -> tuple[Any, Any, Any, bool]:
    """Return boxes, labels, scores, and whether the boxes' corners lie between 0 and 1."""
    if not isinstance(output, dict):
        rows = output.reshape(-1, output.shape[-1])
        if rows.shape[1] != 7:
            raise ValueError(f"an output of shape {output.shape} is no list of detections")
        rows = rows[rows[:, 0] >= 0]  # an image number below 0 ends the list
        return rows[:, 3:7], rows[:, 1], rows[:, 2], True
    named = {name.lower(): value for name, value in output.items()}
    boxes = named["boxes"].reshape(-1, named["boxes"].shape[-1])
    labels = named["labels"].reshape(-1)
    if boxes.shape[1] == 5:
        return boxes[:, :4], labels, boxes[:, 4], False
    return boxes, labels, named["scores"].reshape(-1), False


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise PredictionException(f"the image is no base64: {error}", _BAD_REQUEST) from None
