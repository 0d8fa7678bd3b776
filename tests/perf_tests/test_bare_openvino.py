from pathlib import Path

import numpy as np
import pytest

from harness import models
from perf.measuring.programs import ProgramError, run_for_json


@pytest.fixture(scope="module")
def xml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.write(models.add_constant(1.0), tmp_path_factory.mktemp("m")) / "1" / "model.xml"


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_inferences_are_counted_and_their_cost_is_known(mode: str, xml: Path, tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(np.ones((1, 10), np.float32).tobytes())
    span = ("--warmup-s", 0.02, "--duration-s", 0.1)
    report = run_for_json("bare_openvino", "--model", xml, "--mode", mode, "--input", tmp_path / "b", *span)
    assert report["requests"] > 1
    assert report["seconds"] >= 0.1
    assert report["watched_cpu_us_per_request"] > 0
    assert report["load_s"] > 0
    assert report["streams"] == 1
    assert report["infer_requests"] == (1 if mode == "sync" else 2)


def test_an_input_of_another_size_is_refused(xml: Path) -> None:
    with pytest.raises(ProgramError, match="input 0 needs a file of 40 bytes"):
        run_for_json("bare_openvino", "--model", xml, "--input", xml)


def test_a_model_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match=r"nosuch\.xml"):
        run_for_json("bare_openvino", "--model", tmp_path / "nosuch.xml")
