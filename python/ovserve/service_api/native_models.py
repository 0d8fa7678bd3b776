"""/predictions for models of the core: JSON as TensorFlow Serving or KServe have it, or a raw tensor."""

import json
from functools import reduce
from http import HTTPStatus

from ovserve._core import Core, TensorInfo
from ovserve.errors import InvalidArgumentError, NotFoundError, OvserveError
from ovserve.rest_api.routes import Request, Response
from ovserve.rest_api.status_codes import status_of
from ovserve.service_api import answers
from ovserve.service_api.access import header, media_type

_SIZES = {
    "BOOL": 1,
    "INT8": 1,
    "UINT8": 1,
    "INT16": 2,
    "UINT16": 2,
    "FP16": 2,
    "BF16": 2,
    "INT32": 4,
    "UINT32": 4,
    "FP32": 4,
    "INT64": 8,
    "UINT64": 8,
    "FP64": 8,
}
_KSERVE_NAMES = {"I8": "INT8", "U8": "UINT8", "I16": "INT16", "U16": "UINT16", "I32": "INT32"} | {
    "U32": "UINT32",
    "I64": "INT64",
    "U64": "UINT64",
}
_RAW = ("", "application/octet-stream")

_TYPES = {
    HTTPStatus.NOT_FOUND: "ModelNotFoundException",
    HTTPStatus.BAD_REQUEST: "BadRequestException",
    HTTPStatus.SERVICE_UNAVAILABLE: "ServiceUnavailableException",
}


class NativePredictions:
    """Answers ``/predictions/NAME`` for the core's models."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def serves(self, name: str) -> bool:
        """Tell whether the core knows a model of that name."""
        try:
            self._core.status(name)
        except NotFoundError:
            return False
        return True

    def predict(self, name: str, version: str, request: Request, body: bytes) -> Response:
        """Run the model; never raises."""
        try:
            return Response(HTTPStatus.OK, self._answer(name, _number(version, name), request, body))
        except OvserveError as error:
            status = status_of(error)
            return answers.error(status, _TYPES.get(status, "InternalServerException"), str(error))

    def _answer(self, name: str, version: int | None, request: Request, body: bytes) -> bytes:
        kind = media_type(header(request, b"content-type"))
        if kind in _RAW:
            return self._run_tensor(name, version, body)
        try:
            document = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise InvalidArgumentError(f"The body is no JSON: {error}") from None
        if isinstance(document, list):  # rows by themselves
            return self._core.rest_predict(name, version, b'{"instances":' + body + b"}")
        inputs = document.get("inputs") if isinstance(document, dict) else None
        if isinstance(inputs, list) and inputs and isinstance(inputs[0], dict) and "datatype" in inputs[0]:
            return self._core.kserve_rest_infer(name, version, body, None)[0]
        return self._core.rest_predict(name, version, body)

    def _run_tensor(self, name: str, version: int | None, body: bytes) -> bytes:
        inputs, _ = self._core.signature(name, version)
        if len(inputs) != 1:
            raise InvalidArgumentError(
                f"model {name!r} has {len(inputs)} inputs; send JSON instead of a tensor"
            )
        (only,) = inputs
        datatype = _KSERVE_NAMES.get(only.precision, only.precision)
        head = {
            "inputs": [
                {
                    "name": only.name,
                    "shape": _shape(only, datatype, len(body)),
                    "datatype": datatype,
                    "parameters": {"binary_data_size": len(body)},
                }
            ]
        }
        text = json.dumps(head).encode()
        return self._core.kserve_rest_infer(name, version, text + body, len(text))[0]


def _shape(tensor: TensorInfo, datatype: str, size: int) -> list[int]:
    """Return the shape of a tensor of so many bytes; one size that is not fixed follows from them."""
    element = _SIZES.get(datatype)
    if element is None:
        raise InvalidArgumentError(f"input {tensor.name!r} is of {datatype}; send JSON instead of a tensor")
    shape = list(tensor.shape)
    fixed = reduce(lambda product, each: product * each, (each for each in shape if each >= 0), element)
    if shape.count(-1) == 1 and fixed and size % fixed == 0:
        shape[shape.index(-1)] = size // fixed
    elif -1 in shape or fixed != size:
        raise InvalidArgumentError(
            f"input {tensor.name!r} of {datatype} has the shape {tensor.shape}; {size} bytes do not fill it"
        )
    return shape


def _number(version: str, name: str) -> int | None:
    if not version:
        return None
    if not version.isdecimal() or len(version) > 18:
        raise NotFoundError(f"Model version: {version} does not exist for model: {name}")
    return int(version)
