"""A model loader as an entry point: each request of a batch is given to the loader by itself."""

from __future__ import annotations

import importlib
import inspect
import logging
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

from ovserve_worker.base_handler import body_of
from ovserve_worker.entry_point import WARM_UP, EntryPoint
from ovserve_worker.exceptions import HandlerNotFoundError, PredictionException, RequestCancelledError
from ovserve_worker.loader_messages import InvalidAnswerError, failure_answer, read_request, written_answer

log = logging.getLogger(__name__)

_FAILED = 500


class LoaderDescription(NamedTuple):
    """Which loader, settled by whoever read the configuration.

    Attributes:
        module: to import.
        class_name: in it.
        method: of an instance, takes a request and gives its answer.
        section: what the loader gets as ``model_name``.
        config: the whole configuration.
        search_path: where the module is looked up first.
    """

    module: str
    class_name: str
    method: str
    section: str
    config: Mapping[str, Any]
    search_path: str


def load_loader(wanted: LoaderDescription) -> Any:
    """Import the class and make its one instance.

    Raises:
        HandlerNotFoundError: the module has no such class, or its instance no such method.
        Exception: whatever the loader's code raises, as it is.
    """
    if wanted.search_path not in sys.path:
        sys.path.insert(0, wanted.search_path)
    module = importlib.import_module(wanted.module)
    found: Any = getattr(module, wanted.class_name, None)
    where = f"{wanted.module} ({getattr(module, '__file__', None)})"
    if not inspect.isclass(found):
        raise HandlerNotFoundError(f"{where} has no class {wanted.class_name!r}")
    if inspect.isabstract(found):
        missing = ", ".join(sorted(getattr(found, "__abstractmethods__", ())))
        raise HandlerNotFoundError(f"class {wanted.class_name} in {where} must define {missing}")
    make: Any = found
    loader = make(wanted.config, wanted.section)
    if not callable(getattr(loader, wanted.method, None)):
        raise HandlerNotFoundError(f"class {wanted.class_name} in {where} has no method {wanted.method!r}")
    return loader


class LoaderEntryPoint(EntryPoint):
    """Makes the loader when the worker loads, and answers batches by it."""

    def __init__(self, wanted: LoaderDescription) -> None:
        super().__init__(self._handle, None, is_instance=True)
        self._wanted = wanted

    def load(self, context: Any) -> None:
        """Make the loader, then warm it up if it can be. What else it may call so is its own affair."""
        self._owner = load_loader(self._wanted)
        self._call_hook(WARM_UP, context)

    def _handle(self, rows: list[Any], context: Any) -> list[Any]:
        answers = []
        for index, row in enumerate(rows):
            status, answer = self._answer(body_of(row))
            if status != 200:
                context.set_response_status(status, "", index)
            context.set_response_content_type(index, "application/json")
            answers.append(answer)
        return answers

    def _answer(self, body: Any) -> tuple[int, bytes]:
        try:
            request = read_request(body)
            return written_answer(getattr(self._owner, self._wanted.method)(request))
        except (RequestCancelledError, MemoryError):
            raise  # they concern the worker, not this request alone
        except PredictionException as error:
            code = error.error_code if isinstance(error.error_code, int) else _FAILED
            status = code if 400 <= code <= 599 else _FAILED
            return status, failure_answer(body, status, str(error.message))
        except InvalidAnswerError as error:
            log.error("%s", error)
            return _FAILED, failure_answer(body, _FAILED, "Invalid answer of the model loader")
        except Exception:
            log.exception("the model loader failed")
            return _FAILED, failure_answer(body, _FAILED, "Prediction failed")
