from perf.gating.finding import Finding, as_table


def test_verdicts() -> None:
    found = {103.0: "as before", 103.1: "WORSE", 97.0: "as before", 96.9: "better"}
    for value, verdict in found.items():
        assert Finding("x", value, 100.0, 0.03).verdict == verdict
    new = Finding("x", 1.0, None, 0.03)
    assert new.verdict == "new"
    assert not new.is_worse


def test_table_has_a_line_per_finding() -> None:
    lines = as_table([Finding("a", 2.0, 1.0, 0.1), Finding("b", 2.0, None, 0.1)]).splitlines()
    assert lines[1].split() == ["a", "2", "1", "WORSE"]
    assert lines[2].split() == ["b", "2", "-", "new"]
