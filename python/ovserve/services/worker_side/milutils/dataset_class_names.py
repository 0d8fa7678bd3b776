"""The names of the classes of known data sets."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name != "imagenet_class_names":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from torchvision.models._meta import _IMAGENET_CATEGORIES
    except ImportError:
        raise ImportError(
            "imagenet_class_names needs the package 'torchvision', which the workers' Python lacks: install "
            "it there, or write the names into class_names of the configuration"
        ) from None
    return list(_IMAGENET_CATEGORIES)
