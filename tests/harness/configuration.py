"""Configuration documents for tests, and files that hold them."""

import json
import os
from pathlib import Path
from typing import Any


def model(name: str, base_path: Path, **keys: Any) -> dict[str, Any]:
    """Return one model_config_list entry."""
    return {"config": {"name": name, "base_path": str(base_path), **keys}}


def loader(name: str, library: Path, config: str = "", **keys: Any) -> dict[str, Any]:
    """Return one custom_loader_config_list entry."""
    return {
        "config": {"loader_name": name, "library_path": str(library), "loader_config_file": config, **keys}
    }


def document(models: list[dict[str, Any]], loaders: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return a whole configuration."""
    result: dict[str, Any] = {"model_config_list": models}
    if loaders is not None:
        result["custom_loader_config_list"] = loaders
    return result


def write(path: Path, content: dict[str, Any] | str) -> Path:
    """Write a configuration file so that no reader ever sees half of it."""
    text = content if isinstance(content, str) else json.dumps(content)
    aside = path.with_suffix(".new")
    aside.write_text(text)
    os.replace(aside, path)
    return path
