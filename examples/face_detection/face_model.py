"""Makes an SSD-like detector with the interface of the public model face-detection-retail-0004.

Input ``data`` [1,3,300,300] f32, BGR from 0 to 255; output ``detection_out`` [1,1,200,7] f32 with rows of
image_id, label, confidence, x_min, y_min, x_max, y_max (0 to 1); after the last detection, image_id is -1.

Nothing is trained: the detector finds upright ovals of skin colour on a ground of other colours. A 1x1
convolution with a sigmoid marks skin, one convolution per face size compares an oval with the ring around
it, and DetectionOutput, the last layer of every SSD, picks the best of overlapping boxes.
"""

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import opset13 as ops

SIDE = 300
DETECTIONS = 200

# The grid of places looked at, and the heights of the faces looked for, in pixels of the input.
_STRIDE = 4
_GRID = SIDE // _STRIDE
_HEIGHTS = (24, 30, 38, 47, 59, 73, 92, 115, 144)
# A face is higher than wide, the more so in a photograph squeezed to a square; the ring that must not
# be skin reaches so far around it.
_WIDTH_OF_HEIGHT = 0.62
_RING = 1.5

_Array = npt.NDArray[np.float32]


def make_model() -> ov.Model:
    """Build the detector; see the module's description for its interface."""
    data = ops.parameter([1, 3, SIDE, SIDE], np.float32, name="data")
    data.output(0).set_names({"data"})
    skin = _mark_skin(data)
    faces = ops.concat([_compare(skin, height) for height in _HEIGHTS], axis=1)
    # DetectionOutput wants, for every place in turn, one box for each size.
    faces = ops.transpose(faces, np.array([0, 2, 3, 1]))
    faces = ops.reshape(faces, np.array([1, -1, 1]), special_zero=False)
    background = ops.subtract(np.float32(1), faces)
    scores = ops.reshape(ops.concat([background, faces], axis=2), np.array([1, -1]), special_zero=False)
    priors = _priors()
    no_shift = ops.constant(np.zeros((1, priors.shape[2]), np.float32))
    found = ops.detection_output(
        no_shift,
        scores,
        ops.constant(priors),
        {
            "background_label_id": 0,
            "top_k": 2 * DETECTIONS,
            "keep_top_k": np.array([DETECTIONS]),
            "code_type": "caffe.PriorBoxParameter.CENTER_SIZE",
            "share_location": True,
            "normalized": True,
            "nms_threshold": 0.3,
            "confidence_threshold": 0.3,
            "clip_after_nms": True,
        },
    )
    found.set_friendly_name("detection_out")
    found.output(0).set_names({"detection_out"})
    return ov.Model([found], [data], "face-detection")


def _mark_skin(data: ov.Node) -> ov.Node:
    """Near 1 where red clearly outweighs green and green blue, near 0 elsewhere, at the grid's resolution."""
    weights = np.array([-0.06, -0.06, 0.12], np.float32).reshape(1, 3, 1, 1)
    redness = ops.convolution(data, weights, [1, 1], [0, 0], [0, 0], [1, 1])
    marked = ops.sigmoid(ops.subtract(redness, np.float32(5)))
    return ops.avg_pool(marked, [_STRIDE, _STRIDE], [0, 0], [0, 0], [_STRIDE, _STRIDE], False)


def _compare(skin: ov.Node, height: int) -> ov.Node:
    """Share of skin in the oval less that in the ring around it, at every place of the grid."""
    oval, ring = _oval_and_ring(height)
    kernel = oval / oval.sum() - ring / ring.sum()
    pad = len(kernel) // 2
    answer = ops.convolution(skin, kernel[None, None], [1, 1], [pad, pad], [pad, pad], [1, 1])
    return ops.clamp(answer, 0.0, 1.0)


def _oval_and_ring(height: int) -> tuple[_Array, _Array]:
    radius = height / 2 / _STRIDE
    reach = int(np.ceil(radius * _RING))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    distance = np.hypot(y, x / _WIDTH_OF_HEIGHT) / radius
    oval = distance <= 1
    return oval.astype(np.float32), (~oval & (distance <= _RING)).astype(np.float32)


def _priors() -> _Array:
    """Corners of one box per place and size, and the variances that DetectionOutput asks for."""
    centre = (np.arange(_GRID) + 0.5) * _STRIDE
    y, x, height = np.meshgrid(centre, centre, np.array(_HEIGHTS), indexing="ij")
    width = height * _WIDTH_OF_HEIGHT
    corners = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=-1) / SIDE
    variances = np.broadcast_to([0.1, 0.1, 0.2, 0.2], corners.shape)
    return np.stack([corners.reshape(-1), variances.reshape(-1)])[None].astype(np.float32)


def main() -> None:
    """Write the model as IR below the folder given."""
    arguments = argparse.ArgumentParser(description=main.__doc__)
    arguments.add_argument("directory", type=Path, nargs="?", default=Path("model/fdsample/1"))
    directory: Path = arguments.parse_args().directory
    directory.mkdir(parents=True, exist_ok=True)
    ov.save_model(make_model(), directory / "face-detection-retail-0004.xml", compress_to_fp16=False)
    print(f"wrote {directory}/face-detection-retail-0004.xml and .bin")


if __name__ == "__main__":
    main()
