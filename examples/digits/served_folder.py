"""The folder a server is started on: model, loader library and configuration, as users lay them out."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from digits_model import Digits, to_openvino, train, write_ir

MODEL_NAME = "sampleloader-model"


@dataclass(frozen=True)
class ServedFolder:
    """Paths below one folder; :func:`prepare` fills it."""

    root: Path

    @property
    def config(self) -> Path:
        """What ``ovserve --config_path`` gets."""
        return self.root / "sampleloader.json"

    @property
    def version(self) -> Path:
        """Version 1 of the model."""
        return self.root / "model" / "digits" / "1"

    @property
    def status_file(self) -> Path:
        """Its first line DISABLED takes the model out of service."""
        return self.version / "digits.status"


def prepare(root: Path, library: Path, digits: Digits) -> ServedFolder:
    """Train the model and write everything that a server needs into ``root``.

    Args:
        root: made if missing; a status file left there by an earlier run is removed.
        library: libsampleloader.so, copied into the folder.
        digits: what to train on.
    """
    folder = ServedFolder(root.resolve())
    write_ir(to_openvino(train(digits)), folder.version / "digits.xml")
    folder.status_file.unlink(missing_ok=True)
    copy = folder.root / "lib" / library.name
    copy.parent.mkdir(exist_ok=True)
    # A new file each time: overwriting one that a server has mapped would crash that server.
    copy.unlink(missing_ok=True)
    shutil.copy(library, copy)
    # Handed to the loader as written below: a path relative to the server's working directory.
    (folder.root / "config.json").write_text(json.dumps({"check_period_s": 1}) + "\n")
    folder.config.write_text(json.dumps(_server_config(folder, copy), indent=4) + "\n")
    return folder


def _server_config(folder: ServedFolder, library: Path) -> dict[str, object]:
    loader = {
        "loader_name": "sampleloader",
        "library_path": str(library),
        "loader_config_file": "config.json",
    }
    options = {
        "loader_name": "sampleloader",
        "model_file": "digits.xml",
        "bin_file": "digits.bin",
        "enable_file": folder.status_file.name,
    }
    model = {
        "name": MODEL_NAME,
        "base_path": str(folder.version.parent),
        "custom_loader_options": options,
    }
    return {"custom_loader_config_list": [{"config": loader}], "model_config_list": [{"config": model}]}
