"""Adding a model to a configuration's text, and removing one. Everything else stays as it was written."""

import json
from typing import Any

from ovserve.config.json_document import JsonObject, parse_json
from ovserve.config_editing.json_spans import Span, element_spans, indentation_at, member_span
from ovserve.errors import AlreadyExistsError, ConfigurationError, NotFoundError

_LIST = "model_config_list"
_BYTE_ORDER_MARK = "\ufeff"


def with_model(text: str, name: str, base_path: str) -> str:
    """Return the text with one more entry at the end of the model list, laid out like the last one.

    Raises:
        BrokenJsonError, ConfigurationError: the text is no configuration with a model list.
        AlreadyExistsError: the name is taken.
    """
    mark, text = _split_mark(text)
    if name in _names(text):
        raise AlreadyExistsError(
            f'model "{name}" is configured already; remove it first or take another name'
        )
    entry = {"config": {"name": name, "base_path": base_path}}
    array = member_span(text, _LIST)
    elements = list(element_spans(text, array))
    if not elements:
        edited = text[: array.start] + _first(text, array, entry) + text[array.end :]
    else:
        last = elements[-1]
        edited = text[: last.end] + _next(text, array, elements, entry) + text[last.end :]
    return mark + edited


def without_model(text: str, name: str) -> str:
    """Return the text without the entries of that name.

    Raises:
        BrokenJsonError, ConfigurationError: the text is no configuration with a model list.
        NotFoundError: there is no such entry.
    """
    mark, text = _split_mark(text)
    names = _names(text)
    if name not in names:
        listed = ", ".join(str(known) for known in names if known is not None) or "no model"
        raise NotFoundError(f'model "{name}" is not configured; the file has {listed}')
    while name in names:
        text = _without(text, names.index(name))
        names = _names(text)
    return mark + text


def new_configuration(name: str, base_path: str) -> str:
    """Return the text of a configuration with that one model."""
    return with_model(f'{{\n  "{_LIST}": []\n}}\n', name, base_path)


def _split_mark(text: str) -> tuple[str, str]:
    mark = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
    return mark, text[len(mark) :]


def _names(text: str) -> list[str | None]:
    """Return the name of every entry; None for one that has none."""
    document = parse_json(text)
    listed = document.get(_LIST) if isinstance(document, JsonObject) else None
    if not isinstance(listed, list):
        raise ConfigurationError(f"{_LIST} is missing, or no array")
    configs = [entry.get("config") if isinstance(entry, JsonObject) else None for entry in listed]
    names = [config.get("name") if isinstance(config, JsonObject) else None for config in configs]
    return [name if isinstance(name, str) else None for name in names]


def _first(text: str, array: Span, entry: dict[str, Any]) -> str:
    """Lay out an array of one entry where an empty one was."""
    line = _line_end(text)
    if not line:
        return f"[{json.dumps(entry, ensure_ascii=False)}]"
    outer = indentation_at(text, array.start)
    inner = outer + (outer or "  ")
    return f"[{line}{inner}{json.dumps(entry, ensure_ascii=False)}{line}{outer}]"


def _next(text: str, array: Span, elements: list[Span], entry: dict[str, Any]) -> str:
    """Lay out an entry, with a comma before it, like the last one of the array."""
    last = elements[-1]
    before = text.index(",", elements[-2].end) if len(elements) > 1 else array.start
    gap = text[before + 1 : last.start]
    if "\n" not in text[last.start : last.end]:
        return f",{gap or ' '}{json.dumps(entry, ensure_ascii=False)}"
    outer = indentation_at(text, last.start)
    inner = indentation_at(text, text.index("\n", last.start) + 1)
    step = inner[len(outer) :] if inner.startswith(outer) and inner != outer else "  "
    laid_out = json.dumps(entry, ensure_ascii=False, indent=step).replace("\n", _line_end(text) + outer)
    return f",{gap or ' '}{laid_out}"


def _without(text: str, number: int) -> str:
    array = member_span(text, _LIST)
    elements = list(element_spans(text, array))
    if len(elements) == 1:
        return f"{text[: array.start]}[]{text[array.end :]}"
    if number == 0:
        return text[: elements[0].start] + text[elements[1].start :]
    return text[: elements[number - 1].end] + text[elements[number].end :]


def _line_end(text: str) -> str:
    """Return how the text ends its lines; empty if it is a single one."""
    body = text.rstrip()
    return "\r\n" if "\r\n" in body else "\n" if "\n" in body else ""
