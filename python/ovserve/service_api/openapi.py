"""The APIs' descriptions, as OpenAPI 3.0.1."""

from typing import Any

from ovserve import _core

_ANY = {"schema": {"type": "string", "format": "binary"}}
_ERROR = {
    "type": "object",
    "properties": {
        "code": {"type": "integer"},
        "type": {"type": "string"},
        "message": {"type": "string"},
    },
    "required": ["code", "type", "message"],
}
_REGISTER = ("url", "model_name", "handler", "runtime", "batch_size", "max_batch_delay", "initial_workers")
_REGISTER_MORE = ("synchronous", "response_timeout", "startup_timeout", "sha256")
_SCALE = ("min_worker", "max_worker", "synchronous")


def inference_description() -> dict[str, Any]:
    """Return the description of the inference API."""
    predict = {
        "/predictions/{model_name}": ("predictions", "Predict with the default version", ("model_name",)),
        "/predictions/{model_name}/{model_version}": (
            "version_predictions",
            "Predict with one version",
            ("model_name", "model_version"),
        ),
        "/explanations/{model_name}": ("explanations", "Explain with the default version", ("model_name",)),
        "/v1/models/{model_name}:predict": ("tfs_predict", "Predict, in JSON", ("model_name",)),
        "/v2/models/{model_name}/infer": ("kserve_infer", "Predict, in KServe's JSON", ("model_name",)),
    }
    paths: dict[str, Any] = {
        "/ping": {"get": _operation("ping", "Tell whether the services are well", codes=("200", "500"))},
        "/api-description": {"get": _operation("apiDescription", "This description")},
        "/invocations": {
            "post": _operation("invocations", "Predict", query=("model_name",), body=True, codes=_CODES)
        },
    }
    for path, (name, text, parameters) in predict.items():
        paths[path] = {"post": _operation(name, text, parameters, body=True, codes=_CODES)}
    return _document("ovserve: inference", paths)


def management_description() -> dict[str, Any]:
    """Return the description of the management API."""
    one = ("model_name",)
    version = ("model_name", "model_version")
    paths: dict[str, Any] = {
        "/models": {
            "get": _operation("listModels", "List what is registered", query=("limit", "next_page_token")),
            "post": _operation(
                "registerModel",
                "Register a service",
                query=_REGISTER + _REGISTER_MORE,
                codes=("200", "202", "400", "404", "405", "409", "500"),
            ),
        },
        "/models/{model_name}/{model_version}/set-default": {
            "put": _operation("setDefault", "Choose the default version", version, codes=("200", "404"))
        },
        "/token": {"get": _operation("token", "Renew a key", query=("type",), codes=("200", "401", "403"))},
    }
    for path, parameters in (
        ("/models/{model_name}", one),
        ("/models/{model_name}/{model_version}", version),
    ):
        suffix = "" if parameters == one else "Version"
        paths[path] = {
            "get": _operation(
                f"describeModel{suffix}", "Describe", parameters, ("customized",), codes=("200", "404")
            ),
            "put": _operation(
                f"scaleModel{suffix}", "Scale", parameters, _SCALE, codes=("200", "202", "400", "404", "500")
            ),
            "delete": _operation(
                f"unregisterModel{suffix}", "Unregister", parameters, codes=("200", "403", "404", "405")
            ),
        }
    return _document("ovserve: management", paths)


def model_description(name: str, version: str = "") -> dict[str, Any]:
    """Return the description of one model's predictions."""
    path = f"/predictions/{name}" + (f"/{version}" if version else "")
    operation = _operation("predictions", f"Predict with {name}", body=True, codes=_CODES)
    return _document(f"ovserve: {name}", {path: {"post": operation}})


_CODES = ("200", "400", "404", "413", "500", "503", "504", "507")


def _document(title: str, paths: dict[str, Any]) -> dict[str, Any]:
    return {
        "openapi": "3.0.1",
        "info": {"title": title, "version": _core.__version__},
        "paths": paths,
        "components": {"schemas": {"Error": _ERROR}},
    }


def _operation(
    name: str,
    text: str,
    parameters: tuple[str, ...] = (),
    query: tuple[str, ...] = (),
    body: bool = False,
    codes: tuple[str, ...] = ("200",),
) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": name, "summary": text}
    places = [(each, "path") for each in parameters] + [(each, "query") for each in query]
    if places:
        operation["parameters"] = [
            {"name": each, "in": place, "required": place == "path", "schema": {"type": "string"}}
            for each, place in places
        ]
    if body:
        operation["requestBody"] = {"required": True, "content": {"*/*": _ANY}}
    operation["responses"] = {code: _response(code) for code in codes}
    return operation


def _response(code: str) -> dict[str, Any]:
    if code < "400":
        return {"description": "done" if code == "200" else "begun"}
    schema = {"schema": {"$ref": "#/components/schemas/Error"}}
    return {"description": "see the message", "content": {"application/json": schema}}
