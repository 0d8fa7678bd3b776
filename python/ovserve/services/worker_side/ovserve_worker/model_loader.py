"""The base of model loaders written for the Infosys Model Inference Library."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from ovserve_worker.loader_helpers import get_datetime_utc, get_mtp

ECHOED = ("Tid", "Did", "Fid", "Ts", "Ts_ntp", "Msg_ver", "Inf_ver", "Ad", "Lfp", "Ffp", "Ltsize")
"""Members of a request that its answer repeats."""


class BaseModelLoader(ABC):
    """Loads one model and answers requests about it, one after the other.

    Subclasses write ``__init__`` and set :attr:`model_obj`, or override :meth:`predict` or
    :meth:`predict_request`.

    Args:
        config: the whole configuration, of which ``config[model_name]`` is the model's section.
        model_name: the name of that section.

    Attributes:
        model_obj: has ``executeModel(image, threshold)``, which gives the list of results.
    """

    @abstractmethod
    def __init__(self, config: Mapping[str, Any], model_name: str) -> None:
        self.model_obj: Any = None

    def preprocessing(self, image: Any) -> Any:
        """Do nothing; a place for what subclasses do before they run the model."""
        return None

    def postprocessing(self, data: Any) -> Any:
        """Do nothing; a place for what subclasses do after they have run the model."""
        return None

    def predict(self, Base_64: str, Cs: float) -> Any:
        """Return the results for an image.

        Args:
            Base_64: the image's file as base64 text.
            Cs: the least confidence of a result.
        """
        return self.model_obj.executeModel(Base_64, Cs)

    def predict_request(self, req_data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a request, whose members may be left out. The request stays as it is."""
        start = get_datetime_utc()
        found = self.predict(req_data.get("Base_64", ""), req_data.get("C_threshold", 0.0))
        mtp = get_mtp(list(req_data.get("Mtp") or ()), start, get_datetime_utc(), req_data.get("Model", ""))
        return {
            **{name: req_data.get(name, {} if name == "Ad" else "") for name in ECHOED},
            "Fs": found,
            "Mtp": mtp,
            "Rc": "200",
            "Rm": "Success",
            "Obase_64": [],
            "Img_url": [],
        }
