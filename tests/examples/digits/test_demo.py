"""`make demo`, as it is run: trains, serves through the sample loader, classifies, switches off and on."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import demo

PROJECT = Path(__file__).parents[3]


def test_demo(sample_library: Path, tmp_path: Path) -> None:
    script = PROJECT / "examples/digits/demo.py"
    directory = tmp_path / "demo"
    done = subprocess.run(
        [sys.executable, script, "--directory", directory, "--library", sample_library],
        capture_output=True,
        text=True,
        check=False,
    )
    log = directory / "server.log"
    assert done.returncode == 0, done.stdout + done.stderr + (log.read_text() if log.exists() else "")
    accuracy = re.search(r"^accuracy +([0-9.]+)%$", done.stdout, re.MULTILINE)
    assert accuracy is not None
    assert float(accuracy[1]) > 95
    steps = ["trained", "serving", "sent", "accuracy", "pictures", "disabled", "enabled", "stopped"]
    positions = [done.stdout.find(f"\n{step} ") for step in steps[1:]]
    assert positions == sorted(positions)
    assert -1 not in positions
    with Image.open(directory / "digits.png") as sheet:
        assert sheet.format == "PNG"
        assert sheet.convert("L").getextrema()[0] < 50
    assert not (directory / "model/digits/1/digits.status").exists()


def test_table_counts_what_was_read() -> None:
    expected = np.array([0, 0, 1, 1, 1])
    predicted = np.array([0, 0, 1, 7, 7])
    lines = demo.table(predicted, expected).splitlines()
    assert len(lines) == 11
    assert lines[1].split() == ["0", "2", "2"]
    assert lines[2].split() == ["1", "3", "1", "7", "(2x)"]
