from soak.readings import Reading, findings


def reading(memory: float, descriptors: int = 20, threads: int = 10) -> Reading:
    return Reading(0.0, memory, descriptors, threads)


def test_what_stays_the_same_is_fine() -> None:
    assert (
        findings(
            [reading(memory) for memory in (80, 100, 101, 99, 100, 102, 101, 100)], reading(90), reading(95)
        )
        == []
    )


def test_growth_under_load_is_found() -> None:
    found = findings([reading(100.0 + 5 * i) for i in range(12)], reading(90), reading(90))
    assert found == ["memory grew under a constant load from 120.0 to 150.0 MiB"]


def test_growth_of_the_beginning_is_none() -> None:
    assert (
        findings(
            [reading(memory) for memory in (10, 50, 100, 100, 100, 100, 100, 100)], reading(10), reading(100)
        )
        == []
    )


def test_what_is_left_behind_is_found() -> None:
    same = [reading(100)] * 8
    assert findings(same, reading(100), reading(100, descriptors=30)) == ["10 descriptors were left behind"]
    assert findings(same, reading(100), reading(100, threads=14)) == ["4 threads were left behind"]


def test_pools_of_threads_may_grow_at_first() -> None:
    grown = [reading(100, threads=14)] * 8
    assert findings(grown, reading(100), reading(100, threads=14)) == []


def test_too_few_readings_say_nothing() -> None:
    assert findings([reading(1)] * 3, reading(1), reading(1)) == ["too short: fewer than four readings"]
