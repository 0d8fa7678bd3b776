import json
from pathlib import Path

import pytest

from ovserve.archive.manifest import parse_manifest, read_manifest
from ovserve.archive.refusals import InvalidManifestError

LEGACY = {
    "Created-By": {"Author": "a"},
    "Engine": {"MXNet": 0.12},
    "Model-Archive-Description": "Resnet",
    "License": "Apache 2.0",
    "Model": {
        "Model-Name": "resnet-18",
        "Description": "layers",
        "Service": "mxnet_vision_service.py",
        "Symbol": "s.json",
        "Parameters": "p.params",
        "Signature": "signature.json",
        "Model-Format": "MXNet-Symbolic",
    },
    "Model-Archive-Version": 0.1,
}


def test_a_manifest_of_the_first_model_server(tmp_path: Path) -> None:
    (tmp_path / "MANIFEST.json").write_text(json.dumps(LEGACY))
    manifest = read_manifest(tmp_path, "other")
    assert (manifest.model_name, manifest.runtime, manifest.handler, manifest.description) == (
        "resnet-18",
        "python",
        "mxnet_vision_service.py",
        "layers",
    )
    assert manifest.document == LEGACY


def test_one_without_a_model() -> None:
    with pytest.raises(InvalidManifestError, match="Missing Model entry"):
        parse_manifest(b"{}", legacy=True)
    with pytest.raises(InvalidManifestError, match="Model name is not defined"):
        parse_manifest(b'{"Model": {}}', legacy=True)
