"""Pictures for tests, made and resized by other means than the server's."""

import io
from typing import Any

import numpy as np
from PIL import Image

Array = np.ndarray[Any, np.dtype[Any]]


def random_rgb(height: int, width: int, seed: int = 1) -> Array:
    """Return uint8 [height, width, 3]."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def smooth_rgb(height: int, width: int) -> Array:
    """Return a picture of which JPEG keeps nearly everything."""
    y, x = np.mgrid[:height, :width]
    return np.stack([40 + x, 60 + y, 200 - x - y // 2], -1).clip(0, 255).astype(np.uint8)


def encode(pixels: Array, kind: str = "PNG", mode: str | None = None, **options: Any) -> bytes:
    """Return a file: PNG is exact, JPEG as near as it gets."""
    picture = Image.fromarray(pixels)
    if mode is not None:
        picture = picture.convert(mode)
    if kind == "JPEG":
        options = {"quality": 100, "subsampling": 0, **options}
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def bgr(rgb: Array) -> Array:
    """Return the picture as models of OpenCV's order see it."""
    return rgb[..., ::-1]


def resized(pixels: Array, height: int, width: int) -> Array:
    """Interpolate between the two nearest samples each way, pixel centers at halves; float64, not rounded."""
    upper, lower, down = _neighbors(pixels.shape[0], height)
    left, right, across = _neighbors(pixels.shape[1], width)
    across = across[:, None]
    rows = pixels.astype(np.float64)
    wide = rows[:, left] * (1 - across) + rows[:, right] * across
    down = down[:, None, None]
    return wide[upper] * (1 - down) + wide[lower] * down


def _neighbors(size: int, wanted: int) -> tuple[Array, Array, Array]:
    centers = ((np.arange(wanted) + 0.5) * size / wanted - 0.5).clip(0, size - 1)
    first = np.floor(centers).astype(int)
    return first, np.minimum(first + 1, size - 1), centers - first
