from pathlib import Path

from perf.measuring.results import Results
from perf.reporting.files import write_report

PNG = b"\x89PNG\r\n"


def test_a_report_has_data_tables_plots_and_a_page(results: Results, tmp_path: Path) -> None:
    written = write_report(results, tmp_path / "new" / "folder")
    assert Results.read(written.data) == results
    assert [path.name for path in written.plots] == ["ratios.png", "requests-tiny.png", "start-and-load.png"]
    for plot in written.plots:
        assert plot.read_bytes().startswith(PNG)
    page = written.page.read_text()
    assert page.count("data:image/png;base64,") == 3
    assert "<h2>Requests</h2>" in page


def test_a_run_without_requests_has_a_report_too(results: Results, tmp_path: Path) -> None:
    results.cases.clear()
    assert [path.name for path in write_report(results, tmp_path).plots] == ["start-and-load.png"]
