import pytest

from ovserve import errors
from ovserve.rest_api.status_codes import STATUS_OF, status_of, status_of_failure


def test_every_error_has_a_status() -> None:
    assert set(STATUS_OF) == {
        cls for cls in errors.OvserveError.__subclasses__() if cls.__module__ == errors.__name__
    }


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidArgumentError(), 400),
        (errors.ConfigurationError(), 400),
        (errors.NotFoundError(), 404),
        (errors.AlreadyExistsError(), 409),
        (errors.FailedPreconditionError(), 412),
        (errors.UnavailableError(), 503),
        (errors.ResourceExhaustedError(), 503),
        (errors.DeadlineExceededError(), 504),
        (errors.UnimplementedError(), 501),
        (errors.InternalError(), 500),
        (errors.OvserveError(), 500),
    ],
)
def test_status_of(error: errors.OvserveError, status: int) -> None:
    assert status_of(error) == status


@pytest.mark.parametrize(
    ("code", "status"), [("INVALID_ARGUMENT", 400), ("FAILED_PRECONDITION", 500), ("INTERNAL", 500)]
)
def test_status_of_failure(code: str, status: int) -> None:
    assert status_of_failure(code) == status
