"""The steps of the example's README: server, sample loader, model, and the client's command line."""

import json
from pathlib import Path

import openvino as ov
import pytest
from PIL import Image

import face_detection
import face_model
import group_picture
import ovserve


def test_client_against_a_server(
    sample_library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    version = tmp_path / "model/fdsample/1"
    version.mkdir(parents=True)
    ov.save_model(face_model.make_model(), version / "face-detection-retail-0004.xml", compress_to_fp16=False)
    options = {
        "loader_name": "sampleloader",
        "model_file": "face-detection-retail-0004.xml",
        "bin_file": "face-detection-retail-0004.bin",
        "enable_file": "face-detection-retail.status",
    }
    loader = {
        "loader_name": "sampleloader",
        "library_path": str(sample_library),
        "loader_config_file": "config.json",
    }
    model = {"name": "sampleloader-model", "base_path": str(version.parent), "custom_loader_options": options}
    config = tmp_path / "sampleloader.json"
    config.write_text(
        json.dumps(
            {"custom_loader_config_list": [{"config": loader}], "model_config_list": [{"config": model}]}
        )
    )
    images, results = tmp_path / "images", tmp_path / "results"
    images.mkdir()
    for seed in range(2):
        group_picture.draw(1000, 800, 3, seed)[0].save(images / f"people{seed}.jpeg", quality=92)

    with ovserve.Server(config) as server:
        command = (
            f"--batch_size 1 --width 300 --height 300 --input_images_dir {images} --output_dir {results}"
        )
        command += f" --model_name sampleloader-model --grpc_address 127.0.0.1 --grpc_port {server.grpc_port}"
        assert face_detection.main(command.split()) == 0

    said = capsys.readouterr().out
    for seed in range(2):
        assert f"people{seed}.jpeg: 3 faces, written to" in said
        with Image.open(results / f"people{seed}.jpeg") as picture:
            colours = picture.convert("RGB").getcolors(picture.width * picture.height) or []
        green = sum(count for count, (red, green, blue) in colours if green > 180 and red < 60 and blue < 60)
        assert green > 1000, "no boxes drawn"


def test_no_server_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "p.png")
    command = f"--input_images_dir {tmp_path} --output_dir {tmp_path} --model_name m --grpc_port 1"
    assert face_detection.main(command.split()) == 1
    assert "m at localhost:1: " in capsys.readouterr().err


def test_no_pictures_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert face_detection.main(["--input_images_dir", str(tmp_path)]) == 1
    assert f"no pictures in {tmp_path}" in capsys.readouterr().err


def test_the_last_request_is_filled_up() -> None:
    pictures = [Path("a"), Path("b"), Path("c")]
    assert list(face_detection.batches_of(pictures, 2)) == [pictures[:2], [Path("c"), Path("c")]]
