"""The base of model loaders that run an OpenVINO model on images."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any

from ovserve_worker.image_handlers import ImageHandler
from ovserve_worker.loader_helpers import decoded_base64
from ovserve_worker.model_loader import BaseModelLoader
from ovserve_worker.networks import OpenVINONetwork

log = logging.getLogger(__name__)


class OpenVINOModelLoader(BaseModelLoader):
    """Runs one model; subclasses name it and write :meth:`postprocessing`.

    The image is decoded, resized to what the model takes and laid out as it does (NCHW or NHWC; one channel
    or three); of float models the values are ``(value / scale - mean) / std``.

    Args:
        config: the whole configuration. ``device`` of the model's section is as OpenVINO names it.
        model_name: the name of that section.

    Attributes:
        model_path: the model's file: IR, ONNX, TensorFlow Lite, Paddle or TensorFlow; None: ``model_path`` of
            the section, a text or a list whose first element counts.
        scale: divides each value.
        mean: subtracted per channel, None: nothing.
        std: divides per channel, None: nothing.
        reverse_channels: whether the model takes BGR.
        image_size: width and height of the image under way, as it came.
        section: the model's part of the configuration.

    Raises:
        ValueError: no model is named.
        FileNotFoundError: its file is not there.
        NotOfferedError: the workers' Python lacks openvino, numpy or Pillow.
        RuntimeError: OpenVINO cannot read or compile it.
    """

    model_path: str | None = None
    scale = 255.0
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    reverse_channels = False

    def __init__(self, config: Mapping[str, Any], model_name: str) -> None:
        super().__init__(config, model_name)
        self.section: Mapping[str, Any] = config.get(model_name) or {}
        self.image_size = (0, 0)
        path = self.model_path or _first(self.section.get("model_path"))
        if not path:
            raise ValueError(
                f"{type(self).__name__} has no model: set model_path in the class, or in {model_name} of the"
                " configuration"
            )
        if not os.path.exists(path):
            raise FileNotFoundError(f"{type(self).__name__}: no model at {os.path.abspath(path)}")
        threads = os.environ.get("OMP_NUM_THREADS", "")
        self.model_obj = OpenVINONetwork(
            path, _device(self.section.get("device")), int(threads) if threads.isdigit() else 0, {}
        )
        self._images = ImageHandler()
        self._images.model = self.model_obj
        for name in ("scale", "mean", "std", "reverse_channels"):
            setattr(self._images, name, getattr(self, name))

    def preprocessing(self, image: Any) -> Any:
        """Return a Pillow image as the array that the model takes, without the dimension of the batch."""
        return self._images.prepare(image)

    def postprocessing(self, data: Any) -> Any:
        """Return the results for the model's output; to be written by subclasses.

        Args:
            data: the only output with its dimension of the batch, which is 1; of several a dict by name.

        Returns:
            A list with a dict per result: ``Cs`` the confidence, ``Lb`` the label, ``Dm`` the box. Those
            below the request's threshold are left out afterwards.
        """
        raise NotImplementedError(f"{type(self).__name__} must define postprocessing(data)")

    def predict(self, Base_64: str, Cs: float) -> Any:
        """Return the results for an image whose confidence is at least ``Cs``."""
        image = self._images.decode(decoded_base64(Base_64))
        self.image_size = image.size
        array = self._images.network_array(self.preprocessing(image))
        found = self.postprocessing(self.model_obj(array[None]))
        return [item for item in found if item.get("Cs") is None or item["Cs"] >= float(Cs)]


def _first(value: Any) -> Any:
    return (value[0] if value else None) if isinstance(value, list) else value


def _device(value: Any) -> str:
    if not value:
        return "CPU"
    device = str(value).upper()
    if device.startswith("CUDA"):
        log.warning("device %r is none of OpenVINO's, the model runs on the CPU", value)
        return "CPU"
    return device
