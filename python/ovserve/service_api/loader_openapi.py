"""The description of model loaders' endpoints, as OpenAPI 3.1, and a page that shows it without a network."""

import html
import json
from collections.abc import Mapping
from typing import Any

from ovserve import _core

_TEXT = {"type": "string"}
_LIST: dict[str, Any] = {"type": "array", "items": {}}
_OBJECTS: dict[str, Any] = {"type": "array", "items": {"type": "object"}}
_TEXTS: dict[str, Any] = {"type": "array", "items": _TEXT}


def _member(kind: Mapping[str, Any], text: str) -> dict[str, Any]:
    return {**kind, "description": text}


_ECHOED = {
    "Tid": _member(_TEXT, "tenant"),
    "Did": _member(_TEXT, "device"),
    "Fid": _member(_TEXT, "frame"),
    "Ts": _member(_TEXT, "time stamp"),
    "Ts_ntp": _member(_TEXT, "time stamp of the time server"),
    "Inf_ver": _member(_TEXT, "version of the inference"),
    "Msg_ver": _member(_TEXT, "version of the message"),
    "Ad": {"anyOf": [{"type": "object"}, _TEXT], "description": "additional parameters"},
    "Ffp": _member(_TEXT, "first frame"),
    "Ltsize": _member(_TEXT, "size of the lot"),
    "Lfp": _member(_TEXT, "last frame"),
    "Mtp": _member(_OBJECTS, "where the message has been: Etime, Src and Stime of each"),
}
_REQUEST = {
    **_ECHOED,
    "Model": _member(_TEXT, "name of the model, for Mtp"),
    "Base_64": _member(_TEXT, "the image's file in base64"),
    "C_threshold": {"anyOf": [{"type": "number"}, _TEXT], "description": "least confidence of a result"},
    "Per": {"anyOf": [_OBJECTS, {"type": "null"}], "description": "metadata of the frame before"},
    "I_fn": _member(_TEXT, "name of the file"),
    "Msk_img": _member(_LIST, "mask images"),
    "Rep_img": _member(_LIST, "replacement images"),
    "Prompt": _member(_LIST, "prompts, such as [[label, label]]"),
}
_ANSWER = {
    **_ECHOED,
    "Fs": _member(
        _OBJECTS, "results: Cs confidence, Lb label, Dm box from 0 to 1, Kp key points, Nobj, Uid, Info"
    ),
    "Rc": _member(_TEXT, "200, or the status of the failure"),
    "Rm": _member(_TEXT, "Success, or what went wrong"),
    "Obase_64": _member(_TEXTS, "images in base64"),
    "Img_url": _member(_TEXTS, "addresses of images"),
}
_FAILURES = {
    "400": "the body is no JSON, or Base_64 is no base64",
    "413": "the body is too large",
    "422": "a member is missing or of another type; Rm names it",
    "500": "the model loader failed",
    "503": "no worker is ready",
}


def loader_description(endpoints: Mapping[str, str]) -> dict[str, Any]:
    """Return the description.

    Args:
        endpoints: path to the loader's name.
    """
    return {
        "openapi": "3.1.0",
        "info": {"title": "ovserve: model loaders", "version": _core.__version__},
        "paths": {path: {"post": _operation(name)} for path, name in endpoints.items()},
        "components": {"schemas": {"Request": _object(_REQUEST), "Response": _object(_ANSWER)}},
    }


def documentation_page(description: Mapping[str, Any]) -> str:
    """Return an HTML page with the description's paths and members, where requests can be tried."""
    paths = "".join(_form(path, item["post"]["summary"]) for path, item in description["paths"].items())
    schemas = description["components"]["schemas"]
    tables = "".join(_table(name, schema) for name, schema in schemas.items())
    title = html.escape(description["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f'<p>The same as JSON: <a href="/openapi.json">/openapi.json</a></p>{paths}{tables}'
        f"<script>{_SCRIPT}</script></body></html>\n"
    )


def _operation(name: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Response"}}}
    return {
        "operationId": name,
        "summary": f"Predict with {name}",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Request"}}},
        },
        "responses": {
            code: {"description": text, "content": content}
            for code, text in {"200": "the results", **_FAILURES}.items()
        },
    }


def _object(members: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(members), "required": list(members)}


def _form(path: str, text: str) -> str:
    return (
        f'<form data-path="{html.escape(path)}"><h2>POST {html.escape(path)}</h2><p>{html.escape(text)}</p>'
        f"<textarea rows=12>{html.escape(json.dumps(_sample(), indent=1))}</textarea><br>"
        '<input type="file" aria-label="image for Base_64"> <button>Send</button><pre></pre></form>'
    )


def _sample() -> dict[str, Any]:
    sample: dict[str, Any] = {}
    for name, schema in _REQUEST.items():
        kind = schema.get("type") or schema["anyOf"][0]["type"]
        sample[name] = {"string": "", "array": [], "object": {}, "number": 0.5}[kind]
    return sample


def _table(name: str, schema: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(member)}<td>{html.escape(_kind(each))}<td>{html.escape(each['description'])}"
        for member, each in schema["properties"].items()
    )
    return f"<h2>{html.escape(name)}</h2><table>{rows}</table>"


def _kind(schema: Mapping[str, Any]) -> str:
    return schema.get("type") or " or ".join(each["type"] for each in schema["anyOf"])


_STYLE = (
    "body{font:16px sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "textarea{width:100%;font-family:monospace}td{padding:.2em 1em .2em 0}pre{white-space:pre-wrap}"
)
_SCRIPT = """
for (const form of document.forms) {
  const [text, file] = form.elements, out = form.querySelector("pre");
  file.onchange = () => {
    const reader = new FileReader();
    reader.onload = () => {
      try {
        const body = JSON.parse(text.value);
        body.Base_64 = reader.result.split(",")[1];
        text.value = JSON.stringify(body, null, 1);
      } catch (error) { out.textContent = error; }
    };
    reader.readAsDataURL(file.files[0]);
  };
  form.onsubmit = async event => {
    event.preventDefault();
    out.textContent = "...";
    try {
      const headers = {"Content-Type": "application/json"};
      const answer = await fetch(form.dataset.path, {method: "POST", headers, body: text.value});
      out.textContent = answer.status + "\\n" + JSON.stringify(await answer.json(), null, 1);
    } catch (error) { out.textContent = error; }
  };
}
"""
