"""From the handler's text in a manifest to what is called.

The text's first colon parts the module from a name in it; of the module a trailing ``.py`` and
everything before the last slash are dropped. The name, ``handle`` by default, is a function, a class or
``Class.method``; where the module has no such name, the one class defined in it is meant. A module that
is not in the archive may be one of the handlers that come with the server.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import logging
from types import ModuleType
from typing import Any, Callable

from ovserve_worker.exceptions import HandlerNotFoundError

log = logging.getLogger(__name__)

DEFAULT_NAME = "handle"
BUILT_IN_PACKAGE = "ts.torch_handler"
WARM_UP = ("warm_up", "warmup")
_CLOSE = ("finalize", "close")


class EntryPoint:
    """A handler that was found, and how it is loaded, warmed up, called and closed.

    Attributes:
        call: ``(data, context)`` to a list.
    """

    def __init__(self, call: Callable[..., Any], owner: Any, is_instance: bool) -> None:
        self.call = call
        self._owner = owner
        self._is_instance = is_instance

    def load(self, context: Any) -> None:
        """Call ``initialize`` of a class if it has one, a function with no data; then warm up."""
        if not self._is_instance:
            self.call(None, context)
        elif callable(initialize := getattr(self._owner, "initialize", None)):
            initialize(context)
        self._call_hook(WARM_UP, context)

    def close(self, context: Any) -> None:
        """Call the handler's ``finalize`` or ``close``."""
        self._call_hook(_CLOSE, context)

    def _call_hook(self, names: tuple[str, ...], context: Any) -> None:
        for name in names:
            hook = getattr(self._owner, name, None)
            if not callable(hook):
                continue
            for arguments in ((), (context,)):
                if _takes(hook, arguments):
                    hook(*arguments)
                    return
            log.warning("%s is not called: it takes other arguments than none or the context", name)


def find_entry_point(text: str) -> EntryPoint:
    """Import the module and return the handler that the text names.

    Raises:
        HandlerNotFoundError: the module has no such handler.
        Exception: whatever the module raises while it is imported, as it is.
    """
    module_text, _, name = text.partition(":")
    module_name = module_text.strip()
    if module_name.endswith(".py"):
        module_name = module_name[: -len(".py")]
    module_name = module_name.rsplit("/", 1)[-1]
    if not module_name:
        raise HandlerNotFoundError(f"handler {text!r} names no module")
    return _entry_point_in(_import(module_name, text), name.strip() or DEFAULT_NAME, text)


def _import(name: str, text: str) -> ModuleType:
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        built_in = f"{BUILT_IN_PACKAGE}.{name}"
        if name.startswith("_") or "." in name or importlib.util.find_spec(built_in) is None:
            raise HandlerNotFoundError(
                f"handler {text!r}: the archive has no module {name!r}, and no handler of that name comes "
                "with the server"
            )
        name = built_in
    return importlib.import_module(name)


def _entry_point_in(module: ModuleType, name: str, text: str) -> EntryPoint:
    class_name, _, method = name.partition(".")
    found = getattr(module, class_name, None)
    if inspect.isclass(found):
        return _of_class(found, method or DEFAULT_NAME, text)
    if callable(found) and not method:
        return EntryPoint(found, module, is_instance=False)
    if found is not None:
        raise HandlerNotFoundError(f"handler {text!r}: {name!r} in {module.__name__} cannot be called")
    classes = [
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if member.__module__ == module.__name__
    ]
    if len(classes) != 1:
        defined = ", ".join(each.__name__ for each in classes) or "none"
        raise HandlerNotFoundError(
            f"handler {text!r}: {module.__name__} has no {name!r}, and not exactly one class of its own "
            f"({defined}); name one with module:Class"
        )
    return _of_class(classes[0], DEFAULT_NAME, text)


def _of_class(found: type, method: str, text: str) -> EntryPoint:
    instance = found()
    call = getattr(instance, method, None)
    if not callable(call):
        raise HandlerNotFoundError(f"handler {text!r}: class {found.__name__} has no method {method!r}")
    return EntryPoint(call, instance, is_instance=True)


def _takes(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bool:
    try:
        inspect.signature(function).bind(*arguments)
    except (TypeError, ValueError):
        return False
    return True
