from http import HTTPStatus

import pytest

from ovserve.config.schema import Limits
from ovserve.rest_api.crowd import Crowd
from ovserve.rest_api.routes import Response


def test_only_the_first_refusal_of_a_row_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    crowd = Crowd(Limits(), 2, lambda status, text: Response(HTTPStatus.OK))
    assert [crowd.has_room(count) for count in (1, 2, 3, 3, 2, 3)] == [True, True, False, False, True, False]
    assert [record.getMessage() for record in caplog.records] == [
        "REST: 2 connections are open, which is the limit; more are refused"
    ] * 2
