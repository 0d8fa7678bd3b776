from pathlib import Path

import pytest

from perf.figures import scripts
from perf.measuring.results import Results


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(scripts, "_FOLDER", tmp_path)
    return tmp_path


def run(folder: Path, text: str) -> object:
    (folder / "one.py").write_text(text)
    results = Results(machine={}, settings={}, started="")
    scripts.run_script("one", results, say=lambda line: None)
    return results.scripts["one"]


def test_scripts_are_found_beside_the_entries(folder: Path) -> None:
    for name in ("bench", "gate", "__init__", "load_memory"):
        (folder / f"{name}.py").touch()
    assert scripts.script_names() == ["load_memory"]


def test_the_last_line_is_the_result(folder: Path) -> None:
    assert run(folder, "print('table')\nprint('{\"a\": 1}')") == {"exit_code": 0, "result": {"a": 1}}


def test_a_failure_is_kept(folder: Path) -> None:
    assert run(folder, "print('{no json'); raise SystemExit(3)") == {"exit_code": 3, "result": None}


def test_load_memory_is_one_of_them() -> None:
    assert "load_memory" in scripts.script_names()
