from typing import Any

import pytest

from ovserve.archive.request import ArchiveRequest, Style, check_request
from ovserve.errors import InvalidArgumentError


def test_the_version_tells_the_style() -> None:
    assert ArchiveRequest("m", "h", "1.0", model_path="d").style is Style.TORCHSERVE
    assert ArchiveRequest("m", "h", model_path="d").style is Style.MULTI_MODEL_SERVER


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"model_name": "a b"}, "Model name contains special characters"),
        ({"handler": ""}, "the handler is missing"),
        ({"version": ""}, "the version is empty"),
        ({"version": None}, "neither a version nor a model_path is given"),
        ({"runtime": "python2"}, "runtime 'python2': expected one of python, python3, LSP"),
        (
            {"version": None, "model_path": ".", "runtime": "LSP"},
            "runtime 'LSP': expected one of python, python2",
        ),
        (
            {"archive_format": "rar"},
            "archive format 'rar': expected one of default, zip-store, tgz, no-archive",
        ),
        ({"convert": True}, "convert goes with model_path alone"),
        (
            {"version": None, "model_path": ".", "model_file": "f", "extra_files": "g"},
            "model_file, extra_files: needs",
        ),
    ],
)
def test_refused_requests(values: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{text}"):
        check_request(ArchiveRequest(**{"model_name": "m", "handler": "h", "version": "1.0"} | values))
