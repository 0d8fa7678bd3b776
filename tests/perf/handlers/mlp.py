"""The model of the folder in OpenVINO, one inference per batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov

Row = np.ndarray[Any, np.dtype[np.float32]]


class Handler:
    """Takes rows of f32: the bytes of a body, KServe's JSON, or a tensor ``b``; answers in the same form."""

    def initialize(self, context: Any) -> None:
        """Compile the model."""
        xml = Path(context.system_properties["model_dir"]) / "model.xml"
        core = ov.Core()
        model = core.read_model(xml)
        model.reshape([-1, *list(model.inputs[0].shape)[1:]])  # a batch of any size
        self._request = core.compile_model(model, "CPU").create_infer_request()

    def handle(self, data: list[dict[str, Any]], context: object) -> list[Any]:
        """Return an answer per request."""
        outputs = self._request.infer(np.concatenate([_input(row) for row in data]), share_outputs=True)[0]
        return [_answer(row, output) for row, output in zip(data, outputs, strict=True)]


def _input(row: dict[str, Any]) -> Row:
    if "b" in row:
        return row["b"]  # type: ignore[no-any-return]
    if isinstance(row["body"], dict):
        return np.array(row["body"]["inputs"][0]["data"], np.float32)[None]
    return np.frombuffer(row["body"], np.float32)[None]


def _answer(row: dict[str, Any], output: Row) -> Any:
    if "b" in row:
        return {"a": output[None]}
    if isinstance(row["body"], dict):
        shape = [1, len(output)]
        return {"outputs": [{"name": "a", "datatype": "FP32", "shape": shape, "data": output.tolist()}]}
    return output.tobytes()
