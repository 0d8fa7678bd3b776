"""The wall around a Python loader: what the core calls, and where everything user code does wrong ends."""

import contextlib
import json
import linecache
import logging
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from ovserve.config.loader_path import python_loader_path
from ovserve.errors import FailedPreconditionError, InternalError, ModelBlacklistedError
from ovserve.loaders.custom_loader import BlacklistStatus, CustomLoader, ModelBuffers
from ovserve.loaders.find_class import NoLoaderError, loader_class

log = logging.getLogger("ovserve.loader")

_KINDS = ("IR", "ONNX", "BLOB")
_LONGEST_CAUSE = 2000

_Result = TypeVar("_Result")


class CheckedBuffers(NamedTuple):
    """Contiguous bytes, ready to be handed on."""

    kind: str
    model: memoryview
    weights: memoryview


class GuardedLoader:
    """One loader object of user code.

    Every method raises InternalError, or FailedPreconditionError for a version that is blacklisted, and
    nothing else whatever the loader does; the message is one line that names loader, function, model
    and version. Tracebacks are logged, the same one once as long as the call fails in the same way.
    """

    def __init__(self, name: str, make_class: Callable[[], type[CustomLoader]], path: str) -> None:
        """Make the object.

        Args:
            name: what messages call the loader.
            make_class: imports the class; user code.
            path: what messages call the place that it comes from.
        """
        self._name = _on_one_line(name)
        self._logged: dict[str, str] = {}
        self._loader = self._call(f'making it from "{_on_one_line(path)}"', lambda: _made(make_class()))

    def init(self, config_file: str) -> None:
        """Call ``init``."""
        self._call("init", lambda: self._loader.init(config_file))

    def load(self, name: str, base_path: str, version: int, options: str) -> CheckedBuffers:
        """Call ``load_model`` with ``options`` parsed from JSON."""
        what = _about("load_model", name, version)
        return self._call(
            what, lambda: _checked(self._loader.load_model(name, base_path, version, _parsed(options)))
        )

    def blacklisted(self, name: str, version: int) -> bool:
        """Call ``blacklist_status``."""
        what = _about("blacklist_status", name, version)
        return self._call(what, lambda: _is_blacklisted(self._loader.blacklist_status(name, version)))

    def unload(self, name: str, version: int) -> None:
        """Call ``unload_model``."""
        self._call(_about("unload_model", name, version), lambda: self._loader.unload_model(name, version))

    def retire(self, name: str) -> None:
        """Call ``retire_model``."""
        self._call(_about("retire_model", name), lambda: self._loader.retire_model(name))

    def deinit(self) -> None:
        """Call ``deinit``."""
        self._call("deinit", lambda: self._loader.deinit())

    def _call(self, what: str, function: Callable[[], _Result]) -> _Result:
        try:
            result = function()
        except ModelBlacklistedError as error:
            self._logged.pop(what, None)
            raise FailedPreconditionError(self._message(what, f"raised {_last_line(error)}")) from None
        except _RubbishAnswer as error:
            raise InternalError(self._message(what, str(error))) from None
        except NoLoaderError as error:
            raise InternalError(self._message(what, f"failed: {_on_one_line(str(error))}")) from None
        except BaseException as error:  # SystemExit and KeyboardInterrupt of user code end nothing of ours
            self._log_traceback(what, error)
            raise InternalError(self._message(what, f"raised {_last_line(error)}")) from None
        self._logged.pop(what, None)
        return result

    def _message(self, what: str, outcome: str) -> str:
        return f'custom loader "{self._name}": {what} {outcome}'

    def _log_traceback(self, what: str, error: BaseException) -> None:
        # Whatever happens here, a traceback is not worth more than the error itself.
        with contextlib.suppress(BaseException):
            text = "".join(traceback.format_exception(_without_our_frames(error)))
            if self._logged.get(what) == text:
                return
            self._logged[what] = text
            log.error("%s", self._message(what, "raised an exception"), exc_info=_without_our_frames(error))


def create(name: str, library_path: str, config_file: str) -> GuardedLoader:
    """Import the class that ``library_path`` names, make its object and initialise it.

    Raises:
        InternalError: any of it failed.
    """
    path = python_loader_path(library_path)
    if path is None:
        raise InternalError(
            f'custom loader "{_on_one_line(name)}": "{_on_one_line(library_path)}" names no class'
        )
    linecache.checkcache(path.source)  # or tracebacks would show lines of an older file
    loader = GuardedLoader(name, lambda: loader_class(path), library_path)
    loader.init(config_file)
    return loader


class _RubbishAnswer(Exception):
    """A loader returned what it must not."""


def _made(loader: type[CustomLoader]) -> CustomLoader:
    made: object = loader()  # whatever its __new__ returns
    if not isinstance(made, CustomLoader):
        raise _RubbishAnswer(f"gave {_kind_of(made)}, which is no loader")
    return made


def _about(function: str, model: str, version: int | None = None) -> str:
    about = f'{function} for model "{_on_one_line(model)}"'
    return about if version is None else f"{about} version {version}"


def _parsed(options: str) -> dict[str, Any]:
    try:
        parsed = json.loads(options) if options else {}
    except (ValueError, RecursionError) as error:
        raise _RubbishAnswer(f"was not called: the options are not readable as JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise _RubbishAnswer("was not called: the options are no JSON object")
    return parsed


def _checked(answer: object) -> CheckedBuffers:
    if not isinstance(answer, ModelBuffers):
        raise _RubbishAnswer(f"returned {_kind_of(answer)}; it must return ovserve.ModelBuffers")
    if not isinstance(answer.kind, str) or answer.kind not in _KINDS:
        raise _RubbishAnswer(
            f"returned ModelBuffers of kind {_shown(answer.kind)}; it must be one of {', '.join(_KINDS)}"
        )
    model = _view("model", answer.model)
    if model.nbytes == 0:
        raise _RubbishAnswer("returned ModelBuffers whose model is empty")
    weights = _view("weights", answer.weights)
    if answer.kind != "IR" and weights.nbytes > 0:
        raise _RubbishAnswer(f"returned weights beside a model of kind {answer.kind}, which has none")
    return CheckedBuffers(str(answer.kind), model, weights)


def _view(what: str, given: object) -> memoryview:
    try:
        view = memoryview(given)  # type: ignore[arg-type]
    except TypeError:
        encode = '; encode it: text.encode("utf-8")' if isinstance(given, str) else ""
        raise _RubbishAnswer(
            f"returned ModelBuffers whose {what} is {_kind_of(given)}, not an object with the buffer "
            f"protocol such as bytes, mmap or a numpy array{encode}"
        ) from None
    if not view.c_contiguous:
        raise _RubbishAnswer(
            f"returned ModelBuffers whose {what} does not lie in one piece of memory; copy it with bytes()"
        )
    return view


def _is_blacklisted(answer: object) -> bool:
    if not isinstance(answer, BlacklistStatus):
        raise _RubbishAnswer(f"returned {_kind_of(answer)}; it must return an ovserve.BlacklistStatus")
    return answer is BlacklistStatus.BLACKLISTED


def _kind_of(value: object) -> str:
    return "None" if value is None else f"an object of type {_on_one_line(type(value).__qualname__)}"


def _shown(value: object) -> str:
    return f'"{_on_one_line(value)[:40]}"' if type(value) is str else _kind_of(value)


def _without_our_frames(error: BaseException) -> BaseException:
    """Let the traceback begin in user code, if it got there."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_globals.get("__name__") == __name__:
        frames = frames.tb_next
    return error if frames is None else error.with_traceback(frames)


def _last_line(error: BaseException) -> str:
    """Return type, text and place of an exception on one line, whatever its own methods do."""
    try:
        lines = traceback.format_exception_only(error)
        text = lines[-1] if isinstance(error, SyntaxError) else lines[0]
        place = _place(error)
    except BaseException:
        return _on_one_line(type(error).__name__)
    return _on_one_line(f"{text.strip()}{place}")


def _place(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f" ({error.filename}, line {error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    if not frames or frames[-1].filename == __file__:
        return ""
    return f" ({frames[-1].filename}, line {frames[-1].lineno})"


def _on_one_line(text: str) -> str:
    """Make text of others fit for a line of the log and for APIs that demand UTF-8."""
    plain = "".join(character if character.isprintable() else " " for character in text[: 2 * _LONGEST_CAUSE])
    words = " ".join(plain.split())
    return words if len(words) <= _LONGEST_CAUSE else f"{words[:_LONGEST_CAUSE]}..."
