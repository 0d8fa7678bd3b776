"""Detects faces in pictures with a served SSD model, and writes the pictures with boxes.

Takes the options of the client of the same name in the public OVMS demos.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import ovmsclient
from ovmsclient.tfs_compat.base.errors import ModelServerError
from PIL import Image, ImageDraw

_INPUT = "data"
_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp"}
_LEAST_CONFIDENCE = 0.5
_LONGEST_ANSWER_S = 60.0

Boxes = list[tuple[float, list[float]]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if every picture was sent and answered."""
    options = parse(arguments)
    pictures = sorted(path for path in options.input_images_dir.glob("*") if path.suffix.lower() in _SUFFIXES)
    if not pictures:
        print(f"no pictures in {options.input_images_dir}", file=sys.stderr)
        return 1
    options.output_dir.mkdir(parents=True, exist_ok=True)
    try:
        detect(pictures, options)
    except (ModelServerError, OSError) as error:
        print(f"{options.model_name} at {options.grpc_address}:{options.grpc_port}: {error}", file=sys.stderr)
        return 1
    return 0


def detect(pictures: list[Path], options: argparse.Namespace) -> None:
    """Send the pictures, a batch in each request, and report what was found.

    Raises:
        ModelServerError: the server refused a request.
        OSError: it does not answer, or a picture cannot be read or written.
    """
    client = ovmsclient.make_grpc_client(f"{options.grpc_address}:{options.grpc_port}")
    for number, batch in enumerate(batches_of(pictures, options.batch_size), start=1):
        began = time.monotonic()
        answer = client.predict(
            {_INPUT: load(batch, options.width, options.height)},
            options.model_name,
            timeout=_LONGEST_ANSWER_S,
        )
        print(f"request {number}: {(time.monotonic() - began) * 1000:.1f} ms")
        for position, path in enumerate(dict.fromkeys(batch)):
            report(path, boxes_of(answer, position), options.output_dir)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input_images_dir", type=Path, default=Path("images"), help="folder of pictures")
    parser.add_argument("--output_dir", type=Path, default=Path("results"), help="for pictures with boxes")
    parser.add_argument("--batch_size", type=int, default=1, help="pictures in one request")
    parser.add_argument("--width", type=int, default=300, help="of the model's input")
    parser.add_argument("--height", type=int, default=300, help="of the model's input")
    parser.add_argument("--grpc_address", default="localhost", help="where the server is")
    parser.add_argument("--grpc_port", type=int, default=9000, help="its gRPC port")
    parser.add_argument("--model_name", default="face-detection", help="as in the server's configuration")
    return parser.parse_args(arguments)


def batches_of(pictures: list[Path], size: int) -> Iterator[list[Path]]:
    """Cut the list into requests; the last one is filled up by repeating its last picture."""
    for begin in range(0, len(pictures), size):
        batch = pictures[begin : begin + size]
        yield batch + batch[-1:] * (size - len(batch))


def load(paths: Sequence[Path], width: int, height: int) -> npt.NDArray[np.float32]:
    """Return the pictures as the model wants them: [batch, 3, height, width], BGR, 0 to 255."""
    images = [np.asarray(Image.open(path).convert("RGB").resize((width, height))) for path in paths]
    return np.stack(images)[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32)


def boxes_of(answer: npt.NDArray[np.float32], position: int) -> Boxes:
    """Confidence and box (left, top, right, bottom; 0 to 1) of what was found in one picture of the batch."""
    rows = answer.reshape(-1, 7)
    found = rows[(rows[:, 0] == position) & (rows[:, 2] > _LEAST_CONFIDENCE)]
    return [(float(row[2]), row[3:].tolist()) for row in found]


def report(path: Path, boxes: Boxes, output_dir: Path) -> None:
    """Print the boxes in pixels, and write the picture with the boxes drawn in."""
    picture = Image.open(path).convert("RGB")
    pen = ImageDraw.Draw(picture)
    scale = np.array([picture.width, picture.height, picture.width, picture.height])
    for confidence, box in boxes:
        left, top, right, bottom = (np.array(box) * scale).round().astype(int).tolist()
        print(f"{path.name}: face {left},{top} - {right},{bottom} confidence {confidence:.2f}")
        pen.rectangle((left, top, right, bottom), outline=(0, 220, 0), width=3)
    picture.save(output_dir / path.name)
    print(f"{path.name}: {len(boxes)} faces, written to {output_dir / path.name}")


if __name__ == "__main__":
    sys.exit(main())
