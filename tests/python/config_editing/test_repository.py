from pathlib import Path

import pytest

from ovserve.config.refusals import UnreadableFileError
from ovserve.config_editing.repository import list_repository


def write(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("")


def test_models_are_directories_with_versions_that_hold_a_model(tmp_path: Path) -> None:
    write(
        tmp_path,
        *(
            "ir/1/model.xml",
            "ir/1/model.bin",
            "onnx/7/net.onnx",
            "paddle/1/m.pdmodel",
            "paddle/1/m.pdiparams",
        ),
        *("tf/1/saved_model.pb", "tf/1/variables/x", "lite/2/m.tflite", "group/deep/er/1/m.onnx"),
        *("half/1/model.xml", "paddled/1/m.pdmodel", "empty/1/readme", "file/model.onnx", "zero/0/m.onnx"),
        *("meta/llama/graph.pbtxt", ".git/1/m.onnx", "readme.md"),
    )
    content = list_repository(str(tmp_path))
    assert content.models == ("group/deep/er", "ir", "lite", "onnx", "paddle", "tf")
    assert content.graphs == ("meta/llama",)


def test_the_version_that_holds_a_model_need_not_be_the_first(tmp_path: Path) -> None:
    write(tmp_path, "m/1/readme", "m/2/m.onnx")
    assert list_repository(f"{tmp_path}/").models == ("m",)


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", "m/1/m.onnx")
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "link").symlink_to(tmp_path / "elsewhere")
    (repository / "back").symlink_to(repository)
    (tmp_path / "elsewhere" / "up").symlink_to(tmp_path / "elsewhere")
    assert list_repository(str(repository)).models == ("link/m",)


@pytest.mark.parametrize("name", ["missing", "file"])
def test_a_repository_that_is_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnreadableFileError, match=f"model repository {tmp_path}/{name}: "):
        list_repository(f"{tmp_path}/{name}")
