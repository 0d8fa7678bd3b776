"""Names in a mil_config.json, followed to files and classes without importing them."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from harness import model_loaders
from ovserve.config import model_loader_names
from ovserve.config.json_document import JsonObject, parse_json
from ovserve.config.model_loader_names import model_names, named_loader, served_loader
from ovserve.errors import ConfigurationError
from ovserve.services.environment import WORKER_SIDE

DETECTO, CLIP = "CustomDetectoModelLoader", "CustomClipModelLoader"


def document(**sections: Any) -> JsonObject:
    parsed = parse_json(json.dumps({**model_loaders.configuration(), **sections}))
    assert isinstance(parsed, JsonObject)
    return parsed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model_loaders.write(tmp_path)
    return tmp_path


def test_the_server_takes_the_class_of_the_configuration(folder: Path) -> None:
    loader = served_loader(document(), str(folder))
    assert (loader.module, loader.class_name, loader.method) == (
        "custom_model_loader",
        DETECTO,
        "predict_request",
    )
    assert (loader.section, loader.search_path) == (DETECTO, str(folder))
    assert loader.config == document()


def test_section_class_and_method_may_differ(folder: Path) -> None:
    changed = document(
        ModelExecutor={"model_name": "Pets", "model_loader_file": "custom_model_loader.py"},
        ModelLoader={"class_name": CLIP, "first_method_to_call_in_class": "answer"},
        Pets={},
    )
    loader = served_loader(changed, str(folder))
    assert (loader.section, loader.class_name, loader.method) == ("Pets", CLIP, "answer")


def test_a_call_takes_the_class_of_the_models_name(folder: Path) -> None:
    assert named_loader(document(), str(folder), CLIP).class_name == CLIP
    assert model_names(document()) == (DETECTO, CLIP)


def test_the_file_may_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "loaders").mkdir()
    model_loaders.write(tmp_path / "loaders")
    changed = document(ModelLoader={"file_location": "loaders", "class_name": DETECTO})
    assert served_loader(changed, str(tmp_path)).search_path == str(tmp_path / "loaders")


@pytest.mark.parametrize(
    ("name", "file", "class_name"),
    [
        ("PyTorch", "pytorch_model_loader", "PyTorch"),
        ("PoseEstimation_Y7", "yolov7_model_loader", "PoseEstimation_Y7"),
        ("CocoObjectDetection_Y8", "yolo_ultralytics_model_loader", "Yolo_Ultralytics"),
    ],
)
def test_loaders_of_the_library_are_found_in_its_folder(
    tmp_path: Path, name: str, file: str, class_name: str
) -> None:
    executor = {"model_name": name, "model_loader_file": "default"}
    changed = document(ModelExecutor=executor, **{name: {}})
    with pytest.raises(ConfigurationError, match=rf"no file modelloader/{file}\.py in .*put its folder"):
        served_loader(changed, str(tmp_path))
    (tmp_path / "modelloader").mkdir()
    (tmp_path / f"modelloader/{file}.py").write_text(f"class {class_name}:\n    pass\n")
    for loader in (served_loader(changed, str(tmp_path)), named_loader(changed, str(tmp_path), name)):
        assert (loader.module, loader.class_name) == (f"modelloader.{file}", class_name)


def test_the_mapping_is_that_of_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(WORKER_SIDE)])
    from ovserve_worker.loader_names import MODEL_TO_CLASS

    assert {name: tuple(pair) for name, pair in MODEL_TO_CLASS.items()} == model_loader_names.MODEL_TO_CLASS


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        (
            {"ModelExecutor": {"model_loader_file": "x"}},
            "ModelExecutor.model_name: the required key is missing",
        ),
        ({"ModelExecutor": []}, "ModelExecutor: expected an object"),
        (
            {"ModelExecutor": {"model_name": "CustomDetecto", "model_loader_file": "custom_model_loader"}},
            "no section of that name; did you mean CustomDetectoModelLoader",
        ),
        (
            {"ModelExecutor": {"model_name": DETECTO, "model_loader_file": "my_loader"}},
            "no file my_loader.py in ",
        ),
        (
            {"ModelExecutor": {"model_name": DETECTO, "model_loader_file": "../x"}},
            "is no name of a module",
        ),
        ({"ModelLoader": {"class_name": "CustomDetectoLoader"}}, "did you mean CustomDetectoModelLoader"),
        ({"ModelLoader": {}}, "ModelLoader.class_name"),
        ({"ModelLoader": {"class_name": DETECTO, "file_location": "../up"}}, "ModelLoader.file_location"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(folder: Path, sections: Any, words: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        served_loader(document(**sections), str(folder))
    assert words in str(refusal.value)


def test_a_file_that_is_no_python_is_refused(folder: Path) -> None:
    (folder / "custom_model_loader.py").write_text("def (:\n")
    with pytest.raises(ConfigurationError, match="is no Python"):
        served_loader(document(), str(folder))


@pytest.mark.parametrize(
    "code",
    [
        f"from elsewhere import {DETECTO}",
        f"import elsewhere\n{DETECTO} = elsewhere.make()",
        f"try:\n    import torch\nexcept ImportError:\n    class {DETECTO}:\n        pass",
        "from elsewhere import *",
    ],
)
def test_classes_that_come_from_elsewhere_are_left_to_workers(folder: Path, code: str) -> None:
    (folder / "custom_model_loader.py").write_text(code)
    assert served_loader(document(), str(folder)).class_name == DETECTO


def test_nothing_is_imported(folder: Path) -> None:
    (folder / "custom_model_loader.py").write_text(f"raise SystemExit\nclass {DETECTO}:\n    pass\n")
    assert served_loader(document(), str(folder)).class_name == DETECTO
