"""What model loaders use beside their base class."""

import base64
import importlib
import re
from pathlib import Path

import numpy as np
import pytest

from harness import pictures


def test_the_names_that_loaders_import() -> None:
    for module, names in {
        "modelloader.base_model_loader": ["BaseModelLoader"],
        "modelloader.openvino_model_loader": ["OpenVINOModelLoader"],
        "milapi.utils": ["get_datetime_utc", "get_mtp", "convert_output_fs_to_apiV1"],
        "milutils.generalutils": ["image_to_base64", "base64_to_image", "base64_to_numpy"],
        "milutils.model_to_class_mapper": ["model_to_class_mapper"],
    }.items():
        for name in names:
            assert hasattr(importlib.import_module(module), name)


def test_names_of_imagenet_say_what_they_need() -> None:
    module = importlib.import_module("milutils.dataset_class_names")
    with pytest.raises(ImportError, match="torchvision"):
        module.imagenet_class_names  # noqa: B018


def test_travel_paths() -> None:
    from milapi.utils import convert_output_fs_to_apiV1, get_datetime_utc, get_mtp

    path = [{"Src": "camera"}]
    assert get_mtp(path, "a", "b", "m") is path
    assert path[1] == {"Etime": "b", "Src": "m", "Stime": "a"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d,(0[1-9]|1[0-2]):\d\d:\d\d\.\d{3} [AP]M", get_datetime_utc())
    assert convert_output_fs_to_apiV1([{"Cs": 1}]) == [
        {"Cs": 1, "Nobj": "", "Uid": "", "Info": "{}", "Kp": {}}
    ]


def test_images(tmp_path: Path) -> None:
    from milutils.generalutils import base64_to_image, base64_to_numpy, image_to_base64

    pixels = pictures.random_rgb(4, 6)
    text = base64.b64encode(pictures.encode(pixels)).decode()
    assert np.array_equal(base64_to_numpy(text), pictures.bgr(pixels))
    assert np.array_equal(base64_to_numpy("data:image/png;base64," + text), pictures.bgr(pixels))
    base64_to_image(text, str(tmp_path / "a.png"))
    assert image_to_base64(str(tmp_path / "a.png")) == text


@pytest.mark.parametrize("text", ["%", "abc", base64.b64encode(b"no image").decode()])
def test_what_is_no_image_is_refused(text: str) -> None:
    from milutils.generalutils import base64_to_numpy
    from ovserve_worker.exceptions import PredictionException

    with pytest.raises(PredictionException) as refusal:
        base64_to_numpy(text)
    assert refusal.value.error_code == 400
