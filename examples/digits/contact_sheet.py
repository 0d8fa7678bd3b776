"""A picture of many small images, each with the digit that was read in it."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digits_model import Images, Labels

_COLUMNS = 12
_CELL = 64
_SCAN = 48
_RIGHT = (0, 110, 0)
_WRONG = (200, 0, 0)


def write(path: Path, images: Images, predicted: Labels, expected: Labels) -> None:
    """Write a PNG with one cell per image: the scan, and below it the digit read, in red where wrong."""
    rows = -(-len(images) // _COLUMNS)
    sheet = Image.new("RGB", (_COLUMNS * _CELL, rows * (_CELL + 8)), "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default()
    for index, (image, read, meant) in enumerate(zip(images, predicted, expected, strict=True)):
        left, top = index % _COLUMNS * _CELL + 8, index // _COLUMNS * (_CELL + 8) + 6
        grey = Image.fromarray((255 - image * 255 / 16).astype(np.uint8))
        sheet.paste(grey.resize((_SCAN, _SCAN), Image.Resampling.NEAREST), (left, top))
        text = str(read) if read == meant else f"{read} (is {meant})"
        draw.text((left + 4, top + _SCAN + 2), text, fill=_RIGHT if read == meant else _WRONG, font=font)
    sheet.save(path)
