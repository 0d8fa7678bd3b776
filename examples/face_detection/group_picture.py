"""Draws pictures of people to detect faces in, and knows where the faces are."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

_SKIN = ((236, 188, 150), (214, 160, 118), (172, 116, 78), (246, 205, 172))
_CLOTHES = ((40, 60, 120), (70, 110, 90), (90, 90, 110), (50, 120, 140))


@dataclass(frozen=True)
class Face:
    """A box in pixels."""

    left: int
    top: int
    right: int
    bottom: int


def draw(width: int, height: int, count: int, seed: int = 0) -> tuple[Image.Image, list[Face]]:
    """Draw ``count`` people side by side in a picture; returns the boxes of their faces too."""
    random = np.random.default_rng(seed)
    picture = Image.new("RGB", (width, height), (150, 180, 205))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, height * 2 // 3, width, height), fill=(95, 140, 90))
    faces = []
    for index in range(count):
        face_height = int(height * random.uniform(0.13, 0.3))
        face_width = int(face_height * 0.78)
        centre = int(width * (index + 0.5 + random.uniform(-0.08, 0.08)) / count)
        top = int(height * random.uniform(0.15, 0.45))
        face = Face(centre - face_width // 2, top, centre + face_width // 2, top + face_height)
        _draw_person(pen, face, _SKIN[index % len(_SKIN)], _CLOTHES[index % len(_CLOTHES)])
        faces.append(face)
    return picture.filter(ImageFilter.GaussianBlur(1.5)), faces


def _draw_person(
    pen: ImageDraw.ImageDraw, face: Face, skin: tuple[int, int, int], clothes: tuple[int, int, int]
) -> None:
    width, height = face.right - face.left, face.bottom - face.top
    x, y = (face.left + face.right) / 2, (face.top + face.bottom) / 2
    pen.ellipse((x - 1.1 * width, face.bottom, x + 1.1 * width, face.bottom + 3 * height), fill=clothes)
    pen.ellipse((face.left, face.top, face.right, face.bottom), fill=skin)
    eye, mouth = (width * 0.07, height * 0.03), (width * 0.22, height * 0.3)
    for eye_x in (x - width * 0.22, x + width * 0.22):
        eye_y = y - height * 0.1
        pen.ellipse((eye_x - eye[0], eye_y - eye[1], eye_x + eye[0], eye_y + eye[1]), fill="black")
    pen.arc(
        (x - mouth[0], y, x + mouth[0], y + mouth[1]), 20, 160, fill=(150, 40, 40), width=max(2, width // 25)
    )


def main() -> None:
    """Write a picture into the folder given."""
    arguments = argparse.ArgumentParser(description=main.__doc__)
    arguments.add_argument("directory", type=Path, nargs="?", default=Path("images"))
    directory: Path = arguments.parse_args().directory
    directory.mkdir(parents=True, exist_ok=True)
    picture, faces = draw(1000, 800, 5)
    picture.save(directory / "people1.jpeg", quality=92)
    print(f"wrote {directory}/people1.jpeg with {len(faces)} faces")


if __name__ == "__main__":
    main()
