"""What model loaders use beside their base class."""

from __future__ import annotations

import base64
import binascii
import io
from datetime import datetime, timezone
from typing import Any

from ovserve_worker.exceptions import PredictionException
from ovserve_worker.networks import require

_BAD_REQUEST = 400


def get_datetime_utc() -> str:
    """Return the time as travel paths have it, such as ``2026-03-01,04:05:06.789 PM``."""
    now = datetime.now(timezone.utc)
    half = "AM" if now.hour < 12 else "PM"
    return f"{now:%Y-%m-%d,%I:%M:%S}.{now.microsecond // 1000:03d} {half}"


def get_mtp(mtp: list[Any], start_time: Any, end_time: Any, model_name: str) -> list[Any]:
    """Append to a travel path that a model was passed, and return it."""
    mtp.append({"Etime": end_time, "Src": model_name, "Stime": start_time})
    return mtp


def convert_output_fs_to_apiV1(output_fs: list[Any]) -> list[Any]:
    """Set what detectors leave open in each result, and return the list."""
    for item in output_fs:
        item.update(Nobj="", Uid="", Info="{}", Kp={})
    return output_fs


def decoded_base64(text: Any) -> bytes:
    """Return the bytes of base64 text, with or without ``data:...;base64,`` before it.

    Raises:
        PredictionException: 400, it is none.
    """
    if isinstance(text, str) and text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError) as error:
        # Encoders that follow MIME break their lines.
        if isinstance(text, str) and any(blank in text for blank in "\r\n"):
            return decoded_base64("".join(text.split()))
        raise PredictionException(f"Base_64 is no base64: {error}", _BAD_REQUEST) from None


def image_to_base64(path: str) -> str:
    """Return a file's content as base64 text."""
    with open(path, "rb") as file:
        return base64.b64encode(file.read()).decode("ascii")


def base64_to_image(text: str, path: str) -> None:
    """Write the bytes that base64 text stands for to a file."""
    data = decoded_base64(text)
    with open(path, "wb") as file:
        file.write(data)


def base64_to_numpy(text: str) -> Any:
    """Return an image as an array of shape [height, width, 3], uint8, blue first as OpenCV has it.

    Raises:
        PredictionException: 400, it is no image, or one with too many pixels.
        NotOfferedError: the workers' Python lacks Pillow or numpy.
    """
    numpy = require("numpy", "an image")
    pixels = numpy.asarray(opened_image(decoded_base64(text)).convert("RGB"))
    return numpy.ascontiguousarray(pixels[:, :, ::-1])


def opened_image(data: bytes) -> Any:
    """Return the Pillow image of a file's bytes.

    Raises:
        PredictionException: 400, it is no image, or one with too many pixels.
    """
    pillow = require("PIL.Image", "an image")
    try:
        image = pillow.open(io.BytesIO(data))
        image.load()
    except (OSError, ValueError, SyntaxError, pillow.DecompressionBombError) as error:
        raise PredictionException(f"the image cannot be decoded: {error}", _BAD_REQUEST) from None
    return image
