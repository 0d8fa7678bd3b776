"""What the tests of the measurements share."""

import subprocess
from pathlib import Path

import pytest

from harness.protos import Protos
from perf.measuring.programs import ProgramError, program
from perf.measuring.results import CaseResult, Readings, Results, Series
from perf_tests.readings import case_of, rounds_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def programs() -> None:
    """Build the programs if nobody has."""
    try:
        program("load_generator")
        program("bare_openvino")
    except ProgramError:
        subprocess.run(["make", "-C", str(ROOT), "bench-programs"], check=True)


@pytest.fixture(scope="session")
def protos(tmp_path_factory: pytest.TempPathFactory) -> Protos:
    return Protos(ROOT / "tests" / "protos", tmp_path_factory.mktemp("protos"))


@pytest.fixture
def results() -> Results:
    """A run with one of everything."""
    measured = case_of(
        Series("ovserve/grpcio", "server", "grpcio", rounds=rounds_of([40.0, 44.0, 42.0])),
        Series("echo/grpcio", "echo", "grpcio", rounds=rounds_of([20.0, 20.0, 21.0])),
        Series("bare OpenVINO/sync", "bare", streams=1, rounds=rounds_of([4.0, 4.0, 4.0])),
        Series("bare OpenVINO/async", "bare", streams=1, rounds=rounds_of([10.0, 10.0, 10.0])),
        Series("other", "peer", rounds=[], error="it ended"),
    )
    return Results(
        machine={
            "processor": "P",
            "cores": 2,
            "memory_gib": 4.0,
            "virtual": True,
            "kernel": "6",
            "python": "3.11",
            "packages": {"openvino": "1", "uvloop": None},
            "compiler": "g++",
            "commit": "abc",
            "load_average": [0.1, 0.2, 0.3],
        },
        settings={"rounds": 3},
        started="2025-01-01T00:00:00",
        cases=[measured, CaseResult("image", "tfs_grpc", 1, 1, skipped="the server <says> no | today")],
        readings=[
            Readings("start to first answer", "ovserve/grpcio", "s", [1.0, 1.2, 1.1]),
            Readings("start to first answer", "bare OpenVINO", "s", [0.1]),
        ],
        scripts={"load_memory": {"exit_code": 0, "result": {"passed": True}}},
        skipped={"ovms": "not installed: ovms"},
        yardstick_ms=[2.0, 2.2],
        seconds=12.0,
    )
