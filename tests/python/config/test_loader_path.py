"""One rule, held in two languages: what library_path names."""

import pytest

from ovserve import _core
from ovserve.config.loader_path import (
    PythonLoaderPath,
    loader_path_problem,
    python_loader_path,
    resolve_loader_path,
)

PYTHON = {
    "my_loader.py:MyLoader": ("my_loader.py", "MyLoader"),
    "/srv/loaders/my_loader.py:MyLoader": ("/srv/loaders/my_loader.py", "MyLoader"),
    "a:b/my_loader.py:_M1": ("a:b/my_loader.py", "_M1"),
    "my loader.py:Größe": ("my loader.py", "Größe"),
    ".py:X": (".py", "X"),
    "module:MyLoader": ("module", "MyLoader"),
    "package.module:MyLoader": ("package.module", "MyLoader"),
    "_p.q2:MyLoader": ("_p.q2", "MyLoader"),
    "libx.so:MyLoader": ("libx.so", "MyLoader"),
}
SHARED = [
    "libsample.so",
    "lib/libsample.so",
    "lib/libsample.so:MyLoader",
    "my_loader.py",
    "my_loader.py:",
    "my_loader.py:My.Loader",
    "my_loader.py:1st",
    "my_loader.py:My Loader",
    "package..module:X",
    "1package:X",
    "folder/module:X",
    ":X",
    "x",
    "",
]


@pytest.mark.parametrize("text", PYTHON)
def test_python(text: str) -> None:
    path = python_loader_path(text)
    assert path == PythonLoaderPath(*PYTHON[text])
    assert _core.python_loader_path(text) == PYTHON[text]


@pytest.mark.parametrize("text", SHARED)
def test_shared_library(text: str) -> None:
    assert python_loader_path(text) is None
    assert _core.python_loader_path(text) is None


def test_files_start_at_the_folder_and_modules_nowhere() -> None:
    assert resolve_loader_path("my_loader.py:X", "/srv") == "/srv/my_loader.py:X"
    assert resolve_loader_path("/opt/my_loader.py:X", "/srv") == "/opt/my_loader.py:X"
    assert resolve_loader_path("package.module:X", "/srv") == "package.module:X"
    assert resolve_loader_path("lib/libx.so", "/srv") == "/srv/lib/libx.so"


def test_what_lacks_a_class() -> None:
    assert 'write "my_loader.py:NameOfTheClass"' in str(loader_path_problem("my_loader.py"))
    assert '"My.Loader" cannot be a class of "my_loader.py"' in str(
        loader_path_problem("my_loader.py:My.Loader")
    )
    for text in (*PYTHON, "libsample.so", "lib/libsample.so:MyLoader"):
        assert loader_path_problem(text) is None
