"""Manifests of Multi Model Server 0.x: ``MANIFEST.json`` at the archive's top, with capitalised keys."""

from collections.abc import Mapping
from typing import Any


def migrated(legacy: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest in the form of 1.x. What it lacks is left out, for the same checks to find."""
    document: dict[str, Any] = {"runtime": "python"}
    if isinstance(legacy.get("Model-Archive-Description"), str):
        document["description"] = legacy["Model-Archive-Description"]
    if legacy.get("Engine") is not None:
        document["engine"] = _renamed(legacy["Engine"], {"MXNet": "engineVersion"}) | {"engineName": "MXNet"}
    model = legacy.get("Model")
    if isinstance(model, dict):
        names = {"Model-Name": "modelName", "Service": "handler", "Description": "description"}
        document["model"] = _renamed(model, names)
    return document


def _renamed(values: object, names: Mapping[str, str]) -> dict[str, Any]:
    found = values if isinstance(values, dict) else {}
    return {new: found[old] for old, new in names.items() if old in found}
