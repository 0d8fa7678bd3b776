"""The fixtures, as a project that is not this one has them."""

import pytest

pytest_plugins = ["pytester"]

LOADER = """
from pathlib import Path
import ovserve

class Reader(ovserve.CustomLoader):
    def init(self, config_file):
        self.config = config_file
    def load_model(self, name, base_path, version, options):
        assert self.config.endswith(options.get("config", ""))
        folder = Path(base_path, str(version))
        return ovserve.ModelBuffers(
            "IR", (folder / "model.xml").read_bytes(), (folder / "model.bin").read_bytes()
        )
"""
TESTS = """
import numpy as np
import pytest

@pytest.fixture
def ovserve_options():
    return {"config": "reader.json"}

def test_by_itself(ovserve_loader, ovserve_model):
    assert ovserve_loader.load("m", ovserve_model.base_path, 1, {}).kind == "IR"

def test_in_a_server(ovserve_server, ovserve_client, ovserve_model):
    numbers = np.arange(10, dtype=np.float32)[None]
    np.testing.assert_array_equal(ovserve_client.infer(numbers), ovserve_model.expected(numbers))
    assert ovserve_server.status("tiny")[0].state == "AVAILABLE"
    assert ovserve_client.request("GET", "/v1/loaders")["loaders"][0]["name"] == "under_test"
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(reader=LOADER, test_reader=TESTS)
    return pytester


def test_the_loader_is_named_in_the_configuration(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\novserve_library = reader.py:Reader\novserve_loader_config = reader.json\n")
    project.runpytest_subprocess().assert_outcomes(passed=2)


def test_the_command_line_wins(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\novserve_library = nothing.so\novserve_loader_config = reader.json\n")
    result = project.runpytest_subprocess("--ovserve-library", "reader.py:Reader")
    result.assert_outcomes(passed=2)


def test_no_loader(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess()
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*no loader to test: set ovserve_library*"])


def test_those_who_do_not_use_it_do_not_pay_for_it(pytester: pytest.Pytester) -> None:
    heavy = {"numpy", "openvino", "grpc", "ovserve._core", "ovserve.server"}
    pytester.makepyfile(f"import sys\n\ndef test_imports():\n    assert not {heavy!r} & set(sys.modules)\n")
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
