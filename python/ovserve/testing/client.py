"""A client for tests: one request to a server's REST API, without further packages."""

import http.client
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

_TIMEOUT_S = 60.0
_TYPES: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype(np.bool_),
    **{f"INT{bits}": np.dtype(f"int{bits}") for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": np.dtype(f"uint{bits}") for bits in (8, 16, 32, 64)},
    **{f"FP{bits}": np.dtype(f"float{bits}") for bits in (16, 32, 64)},
}

Arrays = Mapping[str, "np.ndarray[Any, Any]"]


class RefusedError(Exception):
    """The server answered with an error.

    Attributes:
        status: of HTTP.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status


class Client:
    """Asks one server of this machine. ``model`` is asked unless another name is given."""

    def __init__(self, rest_port: int, model: str, input: str, output: str) -> None:
        self.rest_port = rest_port
        self.model = model
        self._input = input
        self._output = output

    def infer(self, numbers: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        """Return the output of the fixture's model for its input.

        Raises:
            RefusedError: there is none.
        """
        return self.infer_all(self.model, {self._input: numbers})[self._output]

    def infer_all(self, model: str, inputs: Arrays) -> dict[str, "np.ndarray[Any, Any]"]:
        """Return the outputs of any model, by KServe's REST API.

        Raises:
            RefusedError: there are none.
        """
        names = {dtype: name for name, dtype in _TYPES.items()}
        described = [
            {
                "name": name,
                "shape": list(array.shape),
                "datatype": names[array.dtype],
                "data": array.ravel().tolist(),
            }
            for name, array in inputs.items()
        ]
        answer = self.request("POST", f"/v2/models/{model}/infer", {"inputs": described})
        return {
            output["name"]: np.array(output["data"], _TYPES[output["datatype"]]).reshape(output["shape"])
            for output in answer["outputs"]
        }

    def request(self, method: str, path: str, document: object = None) -> Any:
        """Return the JSON that answers a request.

        Raises:
            RefusedError: the status is not 200.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.rest_port, timeout=_TIMEOUT_S)
        try:
            body = None if document is None else json.dumps(document).encode()
            connection.request(method, path, body, {"content-type": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status != 200:
            raise RefusedError(answer.status, text)
        return json.loads(text) if text else None
