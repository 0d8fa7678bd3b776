"""The test that the README shows runs."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[3] / "examples/SampleCustomLoader/README.md"


def test_shown_test_passes(sample_library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    monkeypatch.chdir(sample_library.parents[1])
    namespace: dict[str, object] = {}
    exec(compile(blocks[0], README, "exec"), namespace)
    shown = namespace["test_disabled_model_comes_back"]
    assert callable(shown)
    shown(tmp_path)
