"""The names of the classes of known data sets."""

from __future__ import annotations

import importlib
from typing import Any


def __getattr__(name: str) -> Any:
    if name != "imagenet_class_names":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        known = importlib.import_module("torchvision.models._meta")
    except ImportError:
        raise ImportError(
            "imagenet_class_names needs the package 'torchvision', which the workers' Python lacks: install "
            "it there, or write the names into class_names of the configuration"
        ) from None
    return list(known._IMAGENET_CATEGORIES)
