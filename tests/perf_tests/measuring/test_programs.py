import pytest

from perf.measuring.programs import ProgramError, program, run_for_json


def test_a_missing_program_is_named_with_the_way_out() -> None:
    with pytest.raises(ProgramError, match="nosuch is missing; build it with: make bench-programs"):
        program("nosuch")


def test_a_failed_program_says_why() -> None:
    with pytest.raises(ProgramError, match="bare_openvino: --model is missing"):
        run_for_json("bare_openvino")
