"""When workers are added and taken away."""

from ovserve.services.load_scaling import LoadScaler


def changes(scaler: LoadScaler, *states: tuple[float, int, int]) -> list[int]:
    return [scaler.change(*state) for state in states]


def test_a_queue_that_stays_adds_one_worker_per_period() -> None:
    scaler = LoadScaler(up_after_s=1.0, down_after_s=10.0)
    states = [(0.0, 1, 0), (0.9, 1, 0), (1.0, 1, 0), (1.5, 1, 0), (2.0, 5, 0)]
    assert changes(scaler, *states) == [0, 0, 1, 0, 1]


def test_a_gap_in_the_queue_starts_it_over() -> None:
    scaler = LoadScaler(up_after_s=1.0, down_after_s=10.0)
    assert changes(scaler, (0.0, 1, 0), (0.9, 0, 0), (1.0, 1, 0), (1.9, 1, 0), (2.0, 1, 0)) == [0, 0, 0, 0, 1]


def test_idleness_takes_one_worker_per_period() -> None:
    scaler = LoadScaler(up_after_s=1.0, down_after_s=10.0)
    assert changes(scaler, (0.0, 0, 2), (9.9, 0, 1), (10.0, 0, 1), (15.0, 0, 1), (20.0, 0, 1)) == [
        0,
        0,
        -1,
        0,
        -1,
    ]


def test_work_starts_idleness_over() -> None:
    scaler = LoadScaler(up_after_s=1.0, down_after_s=10.0)
    assert changes(scaler, (0.0, 0, 1), (9.0, 0, 0), (10.0, 0, 1), (19.0, 0, 1), (20.0, 0, 1)) == [
        0,
        0,
        0,
        0,
        -1,
    ]
