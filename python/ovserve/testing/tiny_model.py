"""A model that is small, and whose answers are known."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_SIZE = 10


@dataclass(frozen=True, slots=True)
class TinyModel:
    """``base_path/1/model.xml`` and ``model.bin``: an IR that adds 1 to f32[1,10] ``x`` and gives ``y``."""

    base_path: Path
    input: str = "x"
    output: str = "y"

    def expected(self, numbers: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        """Return what it answers."""
        return numbers + 1


def write_tiny_model(base_path: str | os.PathLike[str], version: int = 1) -> TinyModel:
    """Write a version of the model; its folder is made."""
    import numpy as np
    import openvino as ov
    from openvino import opset13 as ops

    model = TinyModel(Path(base_path))
    taken = ops.parameter([1, _SIZE], ov.Type.f32, name=model.input)
    given = ops.add(taken, ops.constant(np.ones((1, _SIZE), np.float32)))
    taken.output(0).set_names({model.input})
    given.output(0).set_names({model.output})
    file = model.base_path / str(version) / "model.xml"
    file.parent.mkdir(parents=True, exist_ok=True)
    ov.save_model(ov.Model([ops.result(given)], [taken], "tiny"), file, compress_to_fp16=False)
    return model
