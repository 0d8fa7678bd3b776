"""Small functions that handlers import."""

from __future__ import annotations

from typing import Any

from ovserve_worker.exceptions import PredictionException
from ovserve_worker.labels import load_label_mapping, map_class_to_label
from ovserve_worker.networks import list_classes_from_module, require

__all__ = [
    "PredictionException",
    "get_yaml_config",
    "list_classes_from_module",
    "load_label_mapping",
    "map_class_to_label",
]


def get_yaml_config(yaml_file_path: str) -> Any:
    """Return what a YAML file holds; needs PyYAML in the workers' Python."""
    yaml = require("yaml", yaml_file_path)
    with open(yaml_file_path, encoding="utf-8") as file:
        return yaml.safe_load(file)
