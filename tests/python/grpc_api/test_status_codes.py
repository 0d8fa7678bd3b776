import grpc
import pytest

from ovserve import errors
from ovserve.grpc_api.status_codes import STATUS_OF, details_of, status_of


def test_every_error_has_a_code() -> None:
    assert set(STATUS_OF) == {
        cls for cls in errors.OvserveError.__subclasses__() if cls.__module__ == errors.__name__
    }
    assert len(set(STATUS_OF.values())) == len(STATUS_OF)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigurationError(), grpc.StatusCode.INVALID_ARGUMENT),
        (errors.UnavailableError(), grpc.StatusCode.UNAVAILABLE),
        (errors.OvserveError(), grpc.StatusCode.UNKNOWN),
    ],
)
def test_status_of(error: errors.OvserveError, code: grpc.StatusCode) -> None:
    assert status_of(error) is code


def test_details_are_cut_to_what_a_header_holds() -> None:
    assert details_of(errors.InternalError("short")) == "short"
    for character, longest in (("x", 6000), ("%", 2000), ("\u00e4", 1000)):
        cut = details_of(errors.InternalError(character * 100_000))
        assert cut == character * longest + "..."
