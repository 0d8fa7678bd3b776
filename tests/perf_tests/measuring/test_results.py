import json
from pathlib import Path

import pytest

from perf.measuring.results import Results


def test_results_come_back_as_they_were_written(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results.write(path)
    assert Results.read(path) == results


@pytest.mark.parametrize("text", ["[]", "{}", '{"format": 0}'])
def test_other_files_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="no results of this release"):
        Results.read(path)


def test_the_file_is_plain_json(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results.write(path)
    document = json.loads(path.read_text())
    assert document["cases"][0]["series"][0]["rounds"][1]["cpu_us"] == 44.0
    assert document["machine"]["cores"] == 2
