"""Readings in turns, so that what disturbs the machine disturbs all contenders alike."""

from __future__ import annotations

from collections.abc import Sequence

from perf.figures.contenders import Contender
from perf.measuring.programs import ProgramError
from perf.measuring.results import Round, Series


def measure_in_turns(
    contenders: Sequence[Contender], rounds: int, warmup_s: float, seconds: float
) -> list[Series]:
    """Read each contender once per round; each round begins with another one.

    One that fails is left out of the rounds that follow, and its series says why.
    """
    readings: dict[int, list[Round]] = {index: [] for index in range(len(contenders))}
    errors: dict[int, str] = {}
    for turn in range(rounds):
        for step in range(len(contenders)):
            index = (turn + step) % len(contenders)
            if index in errors:
                continue
            try:
                readings[index].append(contenders[index].measure(warmup_s, seconds))
            except (ProgramError, OSError) as error:
                errors[index] = str(error)
    return [
        Series(
            contender.name,
            contender.kind,
            contender.front,
            contender.streams,
            readings[index],
            errors.get(index, ""),
        )
        for index, contender in enumerate(contenders)
    ]
