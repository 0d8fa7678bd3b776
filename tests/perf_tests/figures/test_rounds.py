from dataclasses import dataclass, field

from perf.figures.rounds import measure_in_turns
from perf.measuring.programs import ProgramError
from perf.measuring.results import Round
from perf_tests.readings import rounds_of


@dataclass
class Scripted:
    """A contender that notes its turns and fails in the one it is told."""

    name: str
    turns: list[str]
    fails_at: int = -1
    kind: str = "server"
    front: str = ""
    streams: int | None = None
    taken: int = field(default=0)

    def measure(self, warmup_s: float, seconds: float) -> Round:
        self.taken += 1
        if self.taken - 1 == self.fails_at:
            raise ProgramError(f"{self.name} fell over")
        self.turns.append(self.name)
        return rounds_of([float(self.taken)])[0]


def test_each_round_begins_with_another_contender() -> None:
    turns: list[str] = []
    series = measure_in_turns([Scripted(name, turns) for name in "abc"], 3, 0, 0)
    assert "".join(turns) == "abcbcacab"
    assert [one.cpu_us for one in series[1].rounds] == [1.0, 2.0, 3.0]


def test_one_that_fails_leaves_the_others_their_turns() -> None:
    turns: list[str] = []
    series = measure_in_turns([Scripted("a", turns, fails_at=1), Scripted("b", turns)], 3, 0, 0)
    assert (len(series[0].rounds), series[0].error) == (1, "a fell over")
    assert (len(series[1].rounds), series[1].error) == (3, "")
