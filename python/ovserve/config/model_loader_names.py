"""From the names in a ``mil_config.json`` to a file and a class in it, both of which are looked at first.

The library that these loaders come from resolves names in two ways: its server takes the class that
``ModelLoader`` names, a call within a process the class of the model's own name. Nothing is imported here:
loaders are code for workers.
"""

import ast
import os
from collections.abc import Iterator, Mapping

from ovserve.config.json_document import JsonObject, child_path
from ovserve.config.keys import required_text
from ovserve.config.nearest import nearest
from ovserve.config.paths import escape_problem, resolve
from ovserve.config.service_schema import ModelLoaderEntry
from ovserve.errors import ConfigurationError

EXECUTOR, LOADER, FAST_API = "ModelExecutor", "ModelLoader", "FastAPI"
OWN_SECTION = "ovserve"
_NO_MODELS = (EXECUTOR, LOADER, FAST_API, OWN_SECTION)
_BUILT_IN = "default"
_METHOD = "predict_request"
_LARGEST_FILE = 10 << 20

_YOLO = ("Yolo_Ultralytics", "Yolo_Ultralytics")

MODEL_TO_CLASS: Mapping[str, tuple[str, str]] = {
    "FireSmokeClassifier_R50": ("Pytorch", "Pytorch"),
    "CocoObjectDetection_Mp": ("Mediapipe", "Mediapipe"),
    "FaceDetection_Mp": ("Mediapipe", "Mediapipe"),
    "PoseEstimation_Y7": ("YoloV7", "PoseEstimation_Y7"),
    "CocoObjectDetection_Y5": _YOLO,
    "CocoObjectDetection_Y7": ("YoloV7", "CocoObjectDetection_Y7"),
    "CocoObjectDetection_Y8": _YOLO,
}
"""Models of that library whose loader has another name: what its file is called, and the class.

Workers have the same in ``milutils.model_to_class_mapper``.
"""


def served_loader(document: JsonObject, directory: str) -> ModelLoaderEntry:
    """Return the loader that the library's server would run.

    Args:
        document: the whole ``mil_config.json``.
        directory: its folder, absolute.

    Raises:
        ConfigurationError: a name leads nowhere; the message says what was looked for and where.
    """
    name = _text(document, EXECUTOR, "model_name")
    if _text(document, EXECUTOR, "model_loader_file") == _BUILT_IN:
        return named_loader(document, directory, name)
    return _custom(document, directory, name, _text(document, LOADER, "class_name"))


def named_loader(document: JsonObject, directory: str, name: str) -> ModelLoaderEntry:
    """Return the loader that a call within a process would run for a model's name.

    Raises:
        ConfigurationError: as :func:`served_loader`.
    """
    if _text(document, EXECUTOR, "model_loader_file") != _BUILT_IN:
        return _custom(document, directory, name, name)
    file, class_name = MODEL_TO_CLASS.get(name, (name, name))
    module = f"modelloader.{file.lower()}_model_loader"
    return _checked(document, directory, _search_path(document, directory), name, module, class_name, _METHOD)


def model_names(document: JsonObject) -> tuple[str, ...]:
    """Return the names of all sections that are a model's."""
    return tuple(
        name for name, value in document.items() if isinstance(value, JsonObject) and name not in _NO_MODELS
    )


def _custom(document: JsonObject, directory: str, name: str, class_name: str) -> ModelLoaderEntry:
    module = _text(document, EXECUTOR, "model_loader_file").removesuffix(".py")
    method = _METHOD
    if "first_method_to_call_in_class" in _section(document, LOADER):
        method = _text(document, LOADER, "first_method_to_call_in_class")
    return _checked(document, directory, _search_path(document, directory), name, module, class_name, method)


def _checked(
    document: JsonObject,
    directory: str,
    search_path: str,
    name: str,
    module: str,
    class_name: str,
    method: str,
) -> ModelLoaderEntry:
    if name not in model_names(document):
        known = ", ".join(model_names(document)) or "none"
        similar = nearest(name, model_names(document))
        hint = f"did you mean {similar}?" if similar else f"it has {known}"
        raise ConfigurationError(f'model "{name}": the file has no section of that name; {hint}')
    if not all(part.isidentifier() for part in module.split(".")):
        raise ConfigurationError(f'{EXECUTOR}.model_loader_file: "{module}" is no name of a module')
    file = _file_of(module, search_path)
    if file is None:
        more = ""
        if module.startswith("modelloader."):
            more = (
                "; the loaders of that library do not come with ovserve: put its folder modelloader there, or"
                " name a loader of your own in model_loader_file"
            )
        raise ConfigurationError(
            f'model "{name}": no file {module.replace(".", "/")}.py in {search_path}{more}'
        )
    classes = list(_names_in(file))
    if class_name not in classes and "*" not in classes:
        loaders = [each for each in classes if each[:1].isupper() and each != "BaseModelLoader"]
        similar = nearest(class_name, loaders)
        hint = f"did you mean {similar}?" if similar else f"it has {', '.join(loaders) or 'no class'}"
        raise ConfigurationError(f'model "{name}": {file} has no class {class_name}; {hint}')
    return ModelLoaderEntry(module, class_name, method, name, document, search_path, directory)


def _search_path(document: JsonObject, directory: str) -> str:
    if "file_location" not in _section(document, LOADER):
        return directory
    written = _section(document, LOADER)["file_location"]
    if written == "":
        return directory
    location = _text(document, LOADER, "file_location")
    problem = escape_problem(location)
    if problem:
        raise ConfigurationError(f"{LOADER}.file_location: {problem}")
    return os.path.normpath(resolve(location, directory))


def _file_of(module: str, search_path: str) -> str | None:
    stem = os.path.join(search_path, *module.split("."))
    for path in (f"{stem}.py", os.path.join(stem, "__init__.py")):
        if os.path.isfile(path):
            return path
    return None


def _names_in(file: str) -> Iterator[str]:
    """Yield the names that a module's own code gives to something, ``*`` for those of other modules."""
    try:
        with open(file, "rb") as opened:
            tree = ast.parse(opened.read(_LARGEST_FILE))
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ConfigurationError(f"{file} is no Python: {error}") from None
    pending: list[ast.stmt] = list(tree.body)
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.If | ast.Try | ast.With):
            pending += [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)]
            for handler in getattr(node, "handlers", ()):
                pending += handler.body


def _section(document: JsonObject, name: str) -> JsonObject:
    section = document.get(name, JsonObject())
    if not isinstance(section, JsonObject):
        raise ConfigurationError(f"{name}: expected an object")
    return section


def _text(document: JsonObject, section: str, key: str) -> str:
    found = _section(document, section)
    if key not in found:
        raise ConfigurationError(f"{child_path(section, key)}: the required key is missing")
    return required_text(found, key, section)
