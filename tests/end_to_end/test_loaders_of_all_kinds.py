"""One model through loaders in C++, C, Python, and in Python within a shared library: the same answers."""

import json
import urllib.request
from pathlib import Path

import numpy as np
import pytest

import ovserve
from digits_model import INPUT, OUTPUT, load, to_openvino, train, write_ir
from harness import configuration
from harness.example_loaders import build_mapped_loader, build_sample_loader
from ovserve.workbench.embed import embed

READER = """
import mmap
from pathlib import Path

import ovserve

class Reader(ovserve.CustomLoader):
    def load_model(self, name, base_path, version, options):
        folder = Path(base_path, str(version))
        model = (folder / options["model_file"]).read_bytes()
        with open(folder / options["bin_file"], "rb") as file:
            return ovserve.ModelBuffers("IR", model, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
"""


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """base_path of the digits model."""
    folder = tmp_path_factory.mktemp("digits")
    write_ir(to_openvino(train(load()[0])), folder / "1/digits.xml")
    return folder


@pytest.fixture(scope="module")
def loaders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """library_path of each kind."""
    folder = tmp_path_factory.mktemp("loaders")
    (folder / "reader.py").write_text(READER)
    embed(folder / "reader.py", folder / "libreader.so")
    return {
        "cpp": str(build_sample_loader(folder)),
        "c": str(build_mapped_loader(folder)),
        "python": f"{folder / 'reader.py'}:Reader",
        "embedded": str(folder / "libreader.so"),
    }


def test_the_same_answers_through_the_same_configuration(
    digits: Path, loaders: dict[str, str], tmp_path: Path
) -> None:
    def options(kind: str) -> dict[str, str]:
        return {"loader_name": kind, "model_file": "digits.xml", "bin_file": "digits.bin"}

    models = [configuration.model(kind, digits, custom_loader_options=options(kind)) for kind in loaders]
    models.append(configuration.model("files", digits))
    named = [configuration.loader(kind, Path(path)) for kind, path in loaders.items()]
    path = configuration.write(tmp_path / "config.json", configuration.document(models, named))
    images = load()[1].images
    with ovserve.Server(path, port=None, rest_port=0) as server:
        right = server.infer("files", {INPUT: images})[OUTPUT]
        assert right.shape == (len(images), 10)
        body = json.dumps({"instances": images[:20].tolist()}).encode()
        told = predictions(server, "files", body)
        for kind in loaders:
            status = server.status(kind)[0]
            assert status.state == "AVAILABLE", status.error_message
            np.testing.assert_array_equal(server.infer(kind, {INPUT: images})[OUTPUT], right, err_msg=kind)
            assert predictions(server, kind, body) == told, kind


def predictions(server: ovserve.Server, model: str, body: bytes) -> bytes:
    url = f"http://127.0.0.1:{server.rest_port}/v1/models/{model}:predict"
    with urllib.request.urlopen(url, data=body, timeout=60) as answer:
        reply: bytes = answer.read()
    return reply
