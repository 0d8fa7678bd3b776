"""Statuses of HTTP as codes of gRPC: the table that TorchServe's clients know."""

import grpc
import pytest

from ovserve.service_grpc.statuses import code_of, error_of
from ovserve.services.exchange import ServiceFailure


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "INVALID_ARGUMENT"),
        (401, "UNAUTHENTICATED"),
        (403, "PERMISSION_DENIED"),
        (404, "NOT_FOUND"),
        (405, "FAILED_PRECONDITION"),
        (409, "ABORTED"),
        (413, "RESOURCE_EXHAUSTED"),
        (416, "OUT_OF_RANGE"),
        (429, "RESOURCE_EXHAUSTED"),
        (499, "CANCELLED"),
        (500, "INTERNAL"),
        (501, "UNIMPLEMENTED"),
        (503, "UNAVAILABLE"),
        (504, "DEADLINE_EXCEEDED"),
        (507, "INTERNAL"),
        (799, "INTERNAL"),
    ],
)
def test_codes(status: int, code: str) -> None:
    assert code_of(status) is grpc.StatusCode[code]


def test_a_failure_keeps_its_text() -> None:
    error = error_of(ServiceFailure(404, "Model not found: x", "ModelNotFoundException"))
    assert (error.code, str(error)) == (grpc.StatusCode.NOT_FOUND, "Model not found: x")
