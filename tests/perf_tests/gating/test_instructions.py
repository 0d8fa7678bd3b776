from perf.gating.instructions import compare, read_dump

DUMP = """version: 1

desc: Trigger: Client Request: tfs_grpc/tiny/parse

events: Ir
fn=(1)
0 8

totals: 2539007
"""


def test_a_dump_names_its_case() -> None:
    assert read_dump(DUMP) == ("tfs_grpc/tiny/parse", 2539007)
    assert read_dump("desc: Trigger: Program termination\ntotals: 0\n") is None


def test_more_than_a_few_percent_is_worse() -> None:
    findings = compare({"a": 104.0, "b": 102.0, "new": 1.0}, {"b": 100.0, "a": 100.0, "gone": 1.0})
    assert [(finding.subject, finding.verdict) for finding in findings] == [
        ("b", "as before"),
        ("a", "WORSE"),
        ("new", "new"),
    ]
