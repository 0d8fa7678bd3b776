import json

import numpy as np
import pytest

from harness.protos import Protos
from perf.servers.probing import WrongAnswerError, check
from perf.workloads.protocols import PROTOCOLS, Reply
from perf.workloads.registry import WORKLOADS

TINY = WORKLOADS["tiny"]


def answer(values: object) -> Reply:
    return Reply(json.dumps({"outputs": values}).encode(), {})


def test_right_numbers_pass(protos: Protos) -> None:
    check(TINY, PROTOCOLS["tfs_rest"], answer((TINY.model_inputs()["b"] + 1).tolist()), protos)


@pytest.mark.parametrize(
    "values",
    [TINY.model_inputs()["b"].tolist(), np.zeros((1, 11)).tolist(), np.zeros((10,)).tolist(), {"z": [1.0]}],
    ids=["numbers", "size", "rank", "name"],
)
def test_wrong_answers_are_found(values: object, protos: Protos) -> None:
    with pytest.raises(WrongAnswerError, match="tiny"):
        check(TINY, PROTOCOLS["tfs_rest"], answer(values), protos)


def test_what_is_no_answer_is_found(protos: Protos) -> None:
    with pytest.raises(WrongAnswerError, match="cannot be read"):
        check(TINY, PROTOCOLS["tfs_rest"], Reply(b"{", {}), protos)
