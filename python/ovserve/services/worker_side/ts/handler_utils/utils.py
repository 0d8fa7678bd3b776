"""What helps handlers."""

from __future__ import annotations

import importlib
from typing import Any

from ovserve_worker.streaming import send_intermediate_predict_response

__all__ = ["import_class", "send_intermediate_predict_response"]


def import_class(class_name: str, module_prefix: str | None = None) -> Any:
    """Return the class of a dotted name, looked up below a package if one is given."""
    module_name, _, name = class_name.rpartition(".")
    if module_prefix:
        module_name = f"{module_prefix}.{module_name}" if module_name else module_prefix
    return getattr(importlib.import_module(module_name), name)
