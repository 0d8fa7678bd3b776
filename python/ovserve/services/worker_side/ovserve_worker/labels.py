"""Names of classes, as archives have them in ``index_to_name.json``."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

log = logging.getLogger(__name__)


def load_label_mapping(mapping_file_path: str) -> dict[str, str] | None:
    """Return class number, as text, to name; ``None`` if there is no such file.

    A name may be given as a list whose last element counts; an object with a list ``object_type_names`` is
    understood too.

    Raises:
        ValueError: the file holds something else.
    """
    if not os.path.isfile(mapping_file_path):
        log.warning("%s is missing, answers will have numbers in place of class names", mapping_file_path)
        return None
    with open(mapping_file_path, encoding="utf-8") as file:
        mapping = json.load(file)
    if not isinstance(mapping, dict):
        raise ValueError(f'{mapping_file_path} must be an object such as {{"0": "name"}}')
    names = mapping.get("object_type_names")
    if isinstance(names, list):
        mapping = {str(number): name for number, name in enumerate(names)}
    labels = {
        key: value[-1] if isinstance(value, list) and value else value for key, value in mapping.items()
    }
    for key, label in labels.items():
        if not isinstance(label, str):
            raise ValueError(
                f"{mapping_file_path}: the name of class {key} must be a text or a list of texts"
            )
    return labels


def map_class_to_label(
    probs: Sequence[Sequence[Any]],
    mapping: Mapping[str, str] | None = None,
    lbl_classes: Sequence[Sequence[Any]] | None = None,
) -> list[dict[str, Any]]:
    """Return, per row of values, class name to value.

    Args:
        probs: values, one row per item of the batch.
        mapping: class number to name; ``None`` leaves the numbers.
        lbl_classes: the class numbers of the values; ``None``: 0, 1, 2 ...
    """
    if not isinstance(probs, list):
        raise TypeError("the values must be a list of lists")
    if mapping is not None and not isinstance(mapping, dict):
        raise TypeError("the mapping must be a dict")
    classes = lbl_classes if lbl_classes is not None else [range(len(row)) for row in probs]
    return [
        {mapping[str(each)] if mapping is not None else str(each): value for each, value in zip(*row)}
        for row in zip(classes, probs)
    ]
