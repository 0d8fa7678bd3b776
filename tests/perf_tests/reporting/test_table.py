import pytest

from perf.measuring.results import Results, Series
from perf.measuring.spread import spread_of
from perf.reporting.table import as_html, as_markdown, as_text, number, with_range
from perf_tests.readings import case_of, rounds_of


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0.123456, "0.123"), (12.34, "12.3"), (999.4, "999"), (12345.0, "12,300")],
)
def test_numbers_have_three_digits(value: float | None, text: str) -> None:
    assert number(value) == text


def test_a_range_shows_the_noise() -> None:
    assert with_range(spread_of([1.0, 2.0, 4.0])) == "2 [1-4]"
    assert with_range(spread_of([1.0])) == "1"
    assert with_range(None) == "-"


def test_markdown_has_a_line_per_contender_with_its_ratios(results: Results) -> None:
    lines = as_markdown(results).splitlines()
    (server,) = [line for line in lines if line.startswith("| ovserve/grpcio | 42")]
    assert "| 42 [40-44] | 2 [2-2.2] | 10.5 [10-11] |" in server
    assert any("it ended" in line for line in lines if line.startswith("| other"))
    assert "skipped: the server <says> no | today" in lines
    tables = [line for line in lines if line.startswith("|")]
    assert {line.count("|") for line in tables} == {10, 5, 4, 3}


def test_text_and_html_say_the_same(results: Results) -> None:
    text, page = as_text(results), as_html(results)
    for word in ("42 [40-44]", "start to first answer", "not installed: ovms", "load_memory", "abc"):
        assert word in text
        assert word in page
    assert "&lt;says&gt;" in page
    assert "<says>" not in page


def test_what_a_reader_must_know_is_noted() -> None:
    rounds = rounds_of([1.0], failures=2, others_share=0.5)
    machine = {"packages": {}, "virtual": False, "load_average": []}
    machine |= dict.fromkeys(("processor", "cores", "memory_gib", "kernel", "python", "commit"), "")
    results = Results(machine, {}, "", cases=[case_of(Series("s", "server", rounds=rounds))])
    assert "2 failures: HTTP 500: oh; others busy in 1 of 1 rounds" in as_markdown(results)
