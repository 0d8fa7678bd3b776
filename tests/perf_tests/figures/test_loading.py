from pathlib import Path

import pytest

from perf.figures.loading import LOADERS, measure_loads
from perf.measuring.results import Results
from perf.servers.own import own_servers


def test_a_load_is_timed_by_the_server(tmp_path: Path) -> None:
    results = Results(machine={}, settings={}, started="")
    files = {"files": LOADERS["files"]}
    measure_loads(
        own_servers(), 1, tmp_path, Path("unused"), results, lambda line: None, megabytes=8, loaders=files
    )
    figures = {entry.figure: entry for entry in results.readings if entry.contender == "ovserve, files"}
    (seconds,) = figures["load of 8 MB of weights"].readings
    assert 0 < seconds < 60
    assert figures["PSS with 8 MB of weights"].readings[0] > 10


def test_a_model_that_does_not_load_is_not_timed(tmp_path: Path) -> None:
    results = Results(machine={}, settings={}, started="")
    missing = {"C++ loader": LOADERS["C++ loader"]}
    with pytest.raises(RuntimeError, match="did not load"):
        measure_loads(own_servers(), 1, tmp_path, tmp_path / "no.so", results, lambda line: None, 1, missing)
