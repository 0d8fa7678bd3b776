"""Model loaders as users of the Infosys Model Inference Library write them, and what they are asked."""

import base64
import io
import json
from pathlib import Path
from typing import Any

from PIL import Image

CUSTOM_MODEL_LOADER = """
import base64
import io
import time

from milapi.utils import get_datetime_utc, get_mtp
from modelloader.base_model_loader import BaseModelLoader


class CustomDetectoModelLoader(BaseModelLoader):
    def __init__(self, config, model_name):
        super().__init__(config, model_name)
        from detectoinference import Detecto

        path = config[model_name]["model_path"][0]
        self.model_obj = Detecto(None if path == "" else path)


class CustomClipModelLoader(BaseModelLoader):
    def __init__(self, config, model_name):
        super().__init__(config, model_name)
        import clip
        from PIL import Image

        self.Image = Image
        self.model, self.preprocess = clip.load(config[model_name]["clip_model"])

    def predict(self, base64_image, prompt, confidence_threshold=0.5):
        image = self.Image.open(io.BytesIO(base64.b64decode(base64_image))).convert("RGB")
        labels = prompt[0]
        scores = self.model(self.preprocess(image), labels)
        found = []
        for label, score in zip(labels, scores):
            if score >= float(confidence_threshold):
                item = {"Cs": round(float(score), 4), "Lb": label, "Dm": {}, "Kp": {}}
                found.append({**item, "Info": "", "Nobj": "", "Uid": ""})
        return found

    def predict_request(self, request_data):
        start = get_datetime_utc()
        found = self.predict(request_data["Base_64"], request_data["Prompt"], request_data["C_threshold"])
        mtp = get_mtp(request_data["Mtp"], start, get_datetime_utc(), request_data["Model"])
        names = ("Tid", "Did", "Fid", "Ts", "Ts_ntp", "Msg_ver", "Inf_ver", "Ad", "Lfp", "Ffp", "Ltsize")
        answer = {name: request_data[name] for name in names}
        answer.update(Fs=found, Mtp=mtp, Rc="200", Rm="Success", Obase_64=[], Img_url=[])
        return answer
"""

# Networks as light as it gets: the answer follows from the picture, so that it can be reckoned by hand.
DETECTO = """
import base64
import io

from PIL import Image


class Detecto:
    def __init__(self, path):
        self.path = path

    def executeModel(self, image, threshold):
        picture = Image.open(io.BytesIO(base64.b64decode(image)))
        score = picture.width / 100
        box = {"X": 0.0, "Y": 0.0, "H": 1.0, "W": 1.0}
        if score < threshold:
            return []
        return [{"Cs": score, "Lb": "wide", "Dm": box, "Kp": {}, "Nobj": "", "Uid": "", "Info": "{}"}]
"""

CLIP = """
COLOURS = {"red": 0, "green": 1, "blue": 2}


def load(name):
    assert name == "ViT-B/32", name

    def preprocess(image):
        return [value / 255 for value in image.resize((1, 1)).getpixel((0, 0))]

    def model(pixel, labels):
        return [pixel[COLOURS[label]] for label in labels]

    return model, preprocess
"""


def picture(colour: tuple[int, int, int] = (255, 0, 0), size: tuple[int, int] = (40, 20)) -> str:
    """Return base64 of a PNG file."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def message(model: str = "CustomDetectoModelLoader", **members: Any) -> dict[str, Any]:
    """Return a request with all its members."""
    texts = ("Ts", "Ts_ntp", "Inf_ver", "Msg_ver", "Ffp", "Ltsize", "Lfp", "I_fn")
    lists: tuple[str, ...] = ("Mtp", "Msk_img", "Rep_img", "Prompt", "Per")
    return {
        **dict.fromkeys(texts, "1"),
        **{name: [] for name in lists},
        **{"Tid": "tenant", "Did": "device", "Fid": "7", "Base_64": picture(), "C_threshold": 0.25},
        **{"Model": model, "Ad": {"key": "value"}},
        **members,
    }


def configuration(class_name: str = "CustomDetectoModelLoader", **sections: Any) -> dict[str, Any]:
    """Return a ``mil_config.json`` for the loaders of this module."""
    return {
        "ModelExecutor": {"model_name": class_name, "model_loader_file": "custom_model_loader"},
        "ModelLoader": {
            "file_location": ".",
            "class_name": class_name,
            "first_method_to_call_in_class": "predict_request",
            "is_class": True,
        },
        "FastAPI": {"host": "127.0.0.1", "port": 8448, "endpoint": f"/{class_name}"},
        "CustomDetectoModelLoader": {"model_path": [""], "device": "cpu"},
        "CustomClipModelLoader": {"clip_model": "ViT-B/32", "device": "cpu"},
        **sections,
    }


def write(folder: Path, document: dict[str, Any] | None = None, code: str = CUSTOM_MODEL_LOADER) -> Path:
    """Write the loaders' files and a configuration; return the configuration's path."""
    (folder / "custom_model_loader.py").write_text(code)
    (folder / "detectoinference.py").write_text(DETECTO)
    (folder / "clip.py").write_text(CLIP)
    path = folder / "mil_config.json"
    path.write_text(json.dumps(configuration() if document is None else document))
    return path
