import resource

import pytest

from ovserve.config.connections import FILES_FOR_OTHERS, MOST_BY_DEFAULT, connection_limit
from ovserve.config.schema import Limits, ServerOptions


def test_what_was_chosen_counts() -> None:
    assert connection_limit(ServerOptions(limits=Limits(connections=7))) == 7


@pytest.mark.parametrize(
    ("files", "ports", "connections"),
    [
        (resource.RLIM_INFINITY, {}, MOST_BY_DEFAULT),
        (1 << 20, {}, MOST_BY_DEFAULT),
        (FILES_FOR_OTHERS + 1000, {}, 1000),
        (FILES_FOR_OTHERS + 1000, {"rest_port": 0}, 500),
        (FILES_FOR_OTHERS + 1000, {"port": None, "rest_port": 1}, 1000),
        (FILES_FOR_OTHERS + 1000, {"rest_port": 9178, "shared_port": True}, 1000),
        (FILES_FOR_OTHERS, {}, 1),
        (10, {}, 1),
    ],
)
def test_what_open_files_allow(
    monkeypatch: pytest.MonkeyPatch, files: int, ports: dict[str, int | None], connections: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (files, files))
    assert connection_limit(ServerOptions(**ports)) == connections  # type: ignore[arg-type]
