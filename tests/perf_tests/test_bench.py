"""The whole of it once, as short as it can be: a real server, its limits, and what is written."""

import subprocess
import sys
from pathlib import Path

import pytest

from perf import bench
from perf.measuring.results import Results

BENCH = Path(bench.__file__)


def test_a_short_run_has_server_and_limits(tmp_path: Path) -> None:
    time = ("--rounds", 1, "--seconds", 0.1, "--warmup", 0.05)
    protocols = "kserve_grpc,kserve_rest_binary"
    names = ("tiny", "--protocols", protocols, "--in-flight", 2)
    command = [sys.executable, BENCH, *names, *time, "--results", tmp_path]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stderr + done.stdout
    results = Results.read(tmp_path / "results.json")
    grpc, rest = results.cases
    assert (grpc.protocol, grpc.connections, rest.protocol, rest.connections) == (
        *("kserve_grpc", 1),
        *("kserve_rest_binary", 2),
    )
    for case in results.cases:
        series = {one.name: one for one in case.series}
        assert {one.kind for one in series.values()} >= {"server", "echo", "bare"}
        for one in series.values():
            assert one.error == ""
            assert one.rounds[0].requests > 0
            assert one.rounds[0].failures == 0, one
        server, echo = (
            series["ovserve/grpcio"].rounds[0],
            series[f"echo/{series['ovserve/grpcio'].front}"].rounds[0],
        )
        assert server.cpu_us is not None
        assert echo.cpu_us is not None
        assert case.reply_bytes > 40
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == [
        "ratios.png",
        "report.html",
        "requests-tiny.png",
        "results.json",
        "table.md",
        "table.txt",
    ]


def test_services_are_measured_beside_the_echo_of_their_answers(tmp_path: Path) -> None:
    time = ("--rounds", 1, "--seconds", 0.1, "--warmup", 0.05)
    names = ("noop_service", "mlp_service_8", "--protocols", "torchserve_rest,kserve_rest_json,kserve_grpc")
    command = [sys.executable, BENCH, *names, "--in-flight", 16, *time, "--results", tmp_path]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stderr + done.stdout
    cases = Results.read(tmp_path / "results.json").cases
    assert len(cases) == 6
    for case in cases:
        series = {one.name: one for one in case.series if one.kind in ("server", "echo")}
        bare = [one for one in case.series if one.kind == "bare"]
        assert all(one.rounds and not one.error for one in bare), bare
        assert bool(bare) == (case.workload == "mlp_service_8")
        assert series, case.skipped
        other_echo = "echo/grpcio" if case.protocol == "kserve_grpc" else "echo/uvicorn"
        assert set(series) == {"ovserve/native", "echo/native", "ovserve/grpcio", other_echo}
        for one in series.values():
            assert one.rounds[0].requests > 0, one
            assert one.rounds[0].failures == 0, one


def run_here(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["bench.py", *map(str, arguments)])
    return bench.main()


def test_earlier_results_are_rendered_again(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results.cases.clear()
    results.write(tmp_path / "results.json")
    assert run_here(monkeypatch, "--render", tmp_path / "results.json") == 0
    assert "start to first answer" in (tmp_path / "table.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tyni"], "tyni: expected one of tiny, mlp"),
        (["--protocols", "kserve"], "kserve: expected one of kserve_grpc"),
        (["--in-flight", "0"], "--in-flight: invalid"),
    ],
)
def test_mistakes_on_the_command_line_are_named(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run_here(monkeypatch, *arguments)
    assert message in capsys.readouterr().err


def test_the_list_has_every_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(monkeypatch, "--list") == 0
    listed = capsys.readouterr().out
    assert all(
        name in listed for name in ("tiny", "noop_service", "start", "load", "load_memory", "tfs_rest")
    )
