from pathlib import Path

from harness.protos import Protos
from perf.figures.start import measure_starts
from perf.measuring.results import Results
from perf.servers.own import own_servers


def test_a_start_has_all_its_figures(protos: Protos, tmp_path: Path) -> None:
    results = Results(machine={}, settings={}, started="")
    measure_starts(own_servers()[:1], 1, tmp_path, protos, results, say=lambda line: None)
    assert results.skipped == {}
    figures = {(entry.figure, entry.contender): entry.readings for entry in results.readings}
    server = own_servers()[0].name
    for figure in ("start to first answer", "CPU time of the start"):
        assert figures[figure, server][0] > figures[figure, "bare OpenVINO"][0] > 0
    assert figures["RSS, tiny", server][0] >= figures["PSS, tiny", server][0] > 10
    assert 0 < figures["PSS of 200 idle connections", server][0] < 100
    assert figures["start to first answer of a service", server][0] > 0
    assert figures["PSS, noop_service", server][0] > 10
