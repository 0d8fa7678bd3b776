"""The example with the digits model: same answers as from plain files, and nothing plain left on disk."""

from pathlib import Path

import numpy as np
import pytest

import encrypt_model
import ovserve
from digits_model import INPUT, OUTPUT, load, to_openvino, train, write_ir
from harness import configuration

EXAMPLE = Path(__file__).parents[3] / "examples/python_loader"
OPTIONS = {"loader_name": "encrypted", "model_file": "digits.xml", "bin_file": "digits.bin"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """base_path of two versions: 1 encrypted, 2 plain."""
    folder = tmp_path_factory.mktemp("digits")
    trained = to_openvino(train(load()[0]))
    for version in ("1", "2"):
        write_ir(trained, folder / version / "digits.xml")
    files = [str(folder / "1" / name) for name in ("digits.xml", "digits.bin")]
    assert encrypt_model.main(["--key", str(folder / "key"), *files]) == 0
    return folder


def document(model: Path, key: Path) -> dict[str, object]:
    loader = configuration.loader("encrypted", EXAMPLE / "encrypted_loader.py:EncryptedLoader", str(key))
    policy = {"specific": {"versions": [1]}}
    encrypted = configuration.model(
        "encrypted", model, custom_loader_options=OPTIONS, model_version_policy=policy
    )
    return configuration.document([encrypted, configuration.model("plain", model)], [loader])


def test_answers_are_those_of_the_plain_model(model: Path) -> None:
    images = load()[1].images
    with ovserve.Server(document(model, model / "key"), port=None) as server:
        answers = [server.infer(name, {INPUT: images})[OUTPUT] for name in ("encrypted", "plain")]
    np.testing.assert_array_equal(*answers)
    assert {file.name for file in (model / "1").iterdir()} == {"digits.xml.enc", "digits.bin.enc"}
    assert (model / "key").stat().st_mode & 0o077 == 0


def test_another_key_and_revoking(model: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("00" * 32)
    with ovserve.Server(document(model, tmp_path / "key"), port=None) as server:
        assert "encrypted with another key, or changed since" in server.status("encrypted")[0].error_message
    revoked = model / "1" / "REVOKED"
    with ovserve.Server(document(model, model / "key"), port=None, poll_interval_s=0) as server:
        revoked.touch()
        server.reload()
        assert server.status("encrypted")[0].state == "END"
        revoked.unlink()
        server.reload()
        assert server.status("encrypted")[0].state == "AVAILABLE"
