"""Requests to model loaders and their answers: checked, completed, and refused in their own form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ovserve_worker.exceptions import PredictionException
from ovserve_worker.loader_helpers import decoded_base64
from ovserve_worker.model_loader import ECHOED

_BAD_REQUEST = 400
_UNPROCESSABLE = 422
_LOWEST_FAILURE = 400
_HIGHEST_STATUS = 599

_TEXTS = (
    *("Tid", "Did", "Fid", "Base_64", "Ts", "Ts_ntp", "Inf_ver", "Msg_ver", "Model"),
    *("Ffp", "Ltsize", "Lfp", "I_fn"),
)
_LISTS = ("Mtp", "Msk_img", "Rep_img", "Prompt")
_REQUEST = {
    **dict.fromkeys(_TEXTS, ("a string", (str,))),
    **dict.fromkeys(_LISTS, ("a list", (list,))),
    "C_threshold": ("a number", (int, float, str)),
    "Per": ("a list of objects, or null", (list, type(None))),
    "Ad": ("an object or a string", (dict, str)),
}
ANSWER_MEMBERS = (*ECHOED, "Fs", "Mtp", "Rc", "Rm", "Obase_64", "Img_url")
_ANSWER_LISTS = ("Fs", "Mtp", "Obase_64", "Img_url")


class InvalidAnswerError(Exception):
    """A loader gave what is no answer; the text is for the log."""


def read_request(body: Any) -> dict[str, Any]:
    """Return a request as loaders get it: all members there, of their types, and no others.

    Args:
        body: the JSON object, or its bytes.

    Raises:
        PredictionException: 400 or 422; the text names the member and what is allowed there.
    """
    if isinstance(body, (bytes, bytearray, memoryview, str)):
        try:
            body = json.loads(body if isinstance(body, str) else bytes(body))
        except (ValueError, RecursionError) as error:
            raise PredictionException(f"the body is no JSON: {error}", _BAD_REQUEST) from None
    if not isinstance(body, dict):
        raise PredictionException("the body must be a JSON object", _UNPROCESSABLE)
    request: dict[str, Any] = {}
    for name, (expected, types) in _REQUEST.items():
        if name not in body:
            raise PredictionException(f"{name} is missing: {expected}", _UNPROCESSABLE)
        value = body[name]
        if isinstance(value, bool) or not isinstance(value, types):
            raise PredictionException(f"{name} must be {expected}", _UNPROCESSABLE)
        request[name] = value
    request["C_threshold"] = _threshold(request["C_threshold"])
    for name in ("Per", "Mtp"):
        if not all(isinstance(item, dict) for item in request[name] or ()):
            raise PredictionException(f"{name} must be a list of objects", _UNPROCESSABLE)
    decoded_base64(request["Base_64"])
    return request


def written_answer(answer: Any) -> tuple[int, bytes]:
    """Return status and JSON of a loader's answer; members that are not known are left out.

    Raises:
        InvalidAnswerError: it lacks a member, or cannot be written as JSON.
    """
    if not isinstance(answer, Mapping):
        raise InvalidAnswerError(f"the loader returned {type(answer).__name__}, not a dict")
    missing = [name for name in ANSWER_MEMBERS if name not in answer]
    if missing:
        raise InvalidAnswerError(f"the loader's answer lacks {', '.join(missing)}")
    for name in _ANSWER_LISTS:
        if not isinstance(answer[name], list):
            raise InvalidAnswerError(
                f"{name} of the loader's answer is {type(answer[name]).__name__}, not list"
            )
    known = {name: answer[name] for name in ANSWER_MEMBERS}
    known["Rc"], known["Rm"] = str(answer["Rc"]), str(answer["Rm"])
    try:
        text = json.dumps(known, allow_nan=False, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidAnswerError(f"the loader's answer cannot be written as JSON: {error}") from None
    return _status(known["Rc"]), text.encode()


def failure_answer(body: Any, status: int, message: str) -> bytes:
    """Return the JSON for a request that failed, with what can be repeated of it."""
    known = body if isinstance(body, dict) else {}
    answer: dict[str, Any] = {name: known.get(name, {} if name == "Ad" else "") for name in ECHOED}
    mtp = known.get("Mtp")
    answer.update(Fs=[], Mtp=mtp if isinstance(mtp, list) else [], Rc=str(status), Rm=message)
    answer.update(Obase_64=[], Img_url=[])
    return json.dumps(answer).encode()


def _threshold(value: Any) -> float:
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise PredictionException("C_threshold must be a number", _UNPROCESSABLE) from None
    if number != number or number in (float("inf"), float("-inf")):
        raise PredictionException("C_threshold must be a finite number", _UNPROCESSABLE)
    return number


def _status(code: str) -> int:
    """Return the HTTP status that says what the answer's own code does."""
    number = int(code) if code.isascii() and code.isdigit() and len(code) <= 3 else 0
    return number if _LOWEST_FAILURE <= number <= _HIGHEST_STATUS else 200


def _plain(value: Any) -> Any:
    """Return a numpy value as Python's own."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
