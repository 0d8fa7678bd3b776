"""What the package offers, and what importing it costs."""

import subprocess
import sys

import pytest

import ovserve


def test_all_lists_exactly_the_public_names() -> None:
    private_or_modules = {  # those with @ are pytest's own
        name for name in vars(ovserve) if name[0] in "_@" or f"ovserve.{name}" in sys.modules
    }
    helpers = {"importlib", "TYPE_CHECKING", "Any"}
    public = set(vars(ovserve)) - private_or_modules - helpers
    assert public <= set(ovserve.__all__)
    assert ovserve.__all__ == sorted(ovserve.__all__)
    assert set(ovserve.__all__) <= set(dir(ovserve))


@pytest.mark.parametrize("name", ovserve.__all__)
def test_every_listed_name_can_be_used(name: str) -> None:
    value = getattr(ovserve, name)
    assert value.__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Sevrer'"):
        _ = ovserve.Sevrer


def test_importing_the_package_is_light() -> None:
    code = "import sys, ovserve; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"numpy", "cffi", "grpc", "uvicorn", "openvino", "ovserve._core"} & set(loaded)
