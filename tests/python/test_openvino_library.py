import os
import shutil
import subprocess
import sys
from pathlib import Path

import ovserve


def test_the_core_finds_openvino_in_another_place(tmp_path: Path) -> None:
    """As in an editable install, or a user's site directory over a system one."""
    package = Path(ovserve.__file__).parent
    shutil.copytree(package, tmp_path / "ovserve", ignore=shutil.ignore_patterns("__pycache__"))
    code = "import sys, ovserve._core as core; print(core.__file__, 'openvino' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    file, imported = result.stdout.split()
    assert Path(file).parent == tmp_path / "ovserve"
    assert imported == "False", "the library alone is loaded, not the package"
