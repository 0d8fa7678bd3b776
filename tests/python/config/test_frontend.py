import pytest

from ovserve.config.frontend import ONLY_GRPCIO, ONLY_NATIVE, chosen_frontend
from ovserve.errors import ConfigurationError


@pytest.mark.parametrize(
    ("asked", "given", "chosen"),
    [
        ("auto", (), "native"),
        ("auto", ("port", "rest_workers", "max_connections"), "native"),
        ("native", ONLY_NATIVE, "native"),
        ("auto", ONLY_NATIVE, "native"),
        ("grpcio", (), "grpcio"),
        ("grpcio", ONLY_GRPCIO, "grpcio"),
    ],
)
def test_chosen(asked: str, given: tuple[str, ...], chosen: str) -> None:
    assert chosen_frontend(asked, given) == chosen


@pytest.mark.parametrize("name", ONLY_GRPCIO)
def test_what_needs_grpcio(name: str) -> None:
    assert chosen_frontend("auto", [name]) == "grpcio"
    with pytest.raises(ConfigurationError, match=f"^--grpc_frontend native excludes --{name}: only grpcio"):
        chosen_frontend("native", [name], "--")


@pytest.mark.parametrize("name", ONLY_NATIVE)
def test_what_needs_the_native_front(name: str) -> None:
    assert chosen_frontend("auto", [name]) == "native"
    with pytest.raises(ConfigurationError, match=f"^grpc_frontend grpcio excludes {name}: only the native"):
        chosen_frontend("grpcio", [name])


def test_a_front_that_there_is_not() -> None:
    with pytest.raises(
        ConfigurationError, match='grpc_frontend: expected one of auto, native, grpcio, got "x"'
    ):
        chosen_frontend("x", ())


def test_what_no_front_has_all_of() -> None:
    with pytest.raises(ConfigurationError, match=r"^--shared_port excludes --grpc_max_threads: only grpcio"):
        chosen_frontend("auto", ["grpc_max_threads", "shared_port"], "--")
