"""library_path to class: files that change, several entries, and all that can be wrong."""

import sys
from pathlib import Path

import pytest

from ovserve.config.loader_path import PythonLoaderPath
from ovserve.loaders.custom_loader import CustomLoader
from ovserve.loaders.find_class import NoLoaderError, loader_class

SOURCE = """
import ovserve
class A(ovserve.CustomLoader):
    number = {number}
    def load_model(self, name, base_path, version, options): ...
class B(A): ...
class Unfinished(ovserve.CustomLoader): ...
NOTHING = 5
"""


def write(file: Path, number: int = 1) -> Path:
    file.write_text(SOURCE.format(number=number))
    return file


def find(file: Path | str, name: str = "A") -> type[CustomLoader]:
    return loader_class(PythonLoaderPath(str(file), name))


def test_entries_share_a_file_and_its_state(tmp_path: Path) -> None:
    file = write(tmp_path / "one.py")
    link = tmp_path / "link.py"
    link.symlink_to(file)
    assert find(file) is find(file) is find(link)
    assert issubclass(find(file, "B"), find(file))
    assert sys.modules[find(file).__module__].A is find(file)  # what pickle and dataclasses need


def test_a_changed_file_is_imported_anew(tmp_path: Path) -> None:
    file = write(tmp_path / "one.py")
    old = find(file)
    write(file, 2)
    assert (old.number, find(file).number) == (1, 2)  # type: ignore[attr-defined]
    file.write_text("raise OSError('broken')")
    with pytest.raises(OSError, match="broken"):
        find(file)
    write(file, 2)
    assert find(file).number == 2  # type: ignore[attr-defined]


def test_files_of_one_name_stay_apart_and_nothing_is_written(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        write(tmp_path / str(number) / "loader.py", number)
    found = [find(tmp_path / str(number) / "loader.py") for number in (1, 2)]
    assert [each.number for each in found] == [1, 2]  # type: ignore[attr-defined]
    assert not list(tmp_path.rglob("__pycache__"))


def test_a_file_imports_its_neighbours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "neighbour_of_loader.py").write_text("NUMBER = 7\n")
    (tmp_path / "json.py").write_text("raise OSError('hides the library')")
    file = write(tmp_path / "one.py")
    file.write_text("import json\nfrom neighbour_of_loader import NUMBER\n" + file.read_text())
    monkeypatch.delitem(sys.modules, "json", raising=False)
    assert find(file).number == 1  # type: ignore[attr-defined]


def test_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "loaders_of_test").mkdir()
    (tmp_path / "loaders_of_test" / "__init__.py").touch()
    write(tmp_path / "loaders_of_test" / "first.py")
    assert find("loaders_of_test.first").number == 1  # type: ignore[attr-defined]
    (tmp_path / "loaders_of_test" / "bad.py").write_text("import no_such_dependency\n")
    with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
        find("loaders_of_test.bad")
    with pytest.raises(NoLoaderError, match=r"no module loaders_of_test\.second; .*PYTHONPATH"):
        find("loaders_of_test.second")
    with pytest.raises(NoLoaderError, match=r"no module nothing_there; "):
        find("nothing_there.at.all")


def test_what_is_no_loader(tmp_path: Path) -> None:
    file = write(tmp_path / "one.py")
    with pytest.raises(NoLoaderError, match=r"one\.py has no class C; its loaders are: A, B, Unfinished"):
        find(file, "C")
    with pytest.raises(NoLoaderError, match="did you mean Unfinished"):
        find(file, "Unfinishd")
    with pytest.raises(NoLoaderError, match=r"NOTHING of .* must be a class derived from ovserve\.Custom"):
        find(file, "NOTHING")
    with pytest.raises(NoLoaderError, match=r"Unfinished of .* does not define load_model"):
        find(file, "Unfinished")
    with pytest.raises(NoLoaderError, match=r"cannot read .*nothing\.py: No such file"):
        find(tmp_path / "nothing.py")
    file.write_text("def broken(:\n")
    with pytest.raises(SyntaxError):
        find(file)
    file.write_text("")
    with pytest.raises(NoLoaderError, match="has no class of ovserve"):
        find(file)
