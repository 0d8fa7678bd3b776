"""Keys: who may ask for inferences and who may manage."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.service_server import ServiceServer, ask, write_service
from ovserve.config.frontend import FrontendChoice

HELLO = "def handle(data, context):\n    return None if data is None else ['hello'] * len(data)\n"


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory, front: FrontendChoice) -> Iterator[ServiceServer]:
    folder = tmp_path_factory.mktemp("keyed")
    write_service(folder / "store", "hello", HELLO)
    with ServiceServer(folder / "store", folder, "--models", "hello", front=front, tokens=True) as server:
        yield server.wait_until_ready()  # type: ignore[misc]


def test_who_may_ask(keyed: ServiceServer) -> None:
    keys = keyed.keys()

    def status(url: str, key: str | None) -> int:
        return ask(url, headers={} if key is None else {"Authorization": key}).status

    inference, management = f"{keyed.url}/predictions/hello", f"{keyed.management}/models"
    assert [status(inference, key) for key in (None, "Bearer x", keys["management"], keys["inference"])] == [
        401, 401, 403, 200
    ]  # fmt: skip
    assert [status(management, key) for key in (None, "Bearer x", keys["inference"], keys["management"])] == [
        401, 401, 403, 200
    ]  # fmt: skip
    for path in ("/v1/models/hello", "/v2/models/hello", "/v1/config", "/v2/models/other"):
        assert status(f"{keyed.url}{path}", None) == 401
    assert status(f"{keyed.url}/v2/models/hello", keys["inference"]) == 200


@pytest.mark.parametrize("path", ["/ping", "/v2/health/live", "/v2/health/ready", "/api-description"])
def test_probes_need_none(keyed: ServiceServer, path: str) -> None:
    assert ask(f"{keyed.url}{path}").status == 200


def test_renewed_keys(keyed: ServiceServer) -> None:
    old = keyed.keys()
    url = f"{keyed.management}/token?type=inference"
    assert ask(url).status == 401
    assert ask(url, headers={"Authorization": old["management"]}).status == 403
    assert ask(f"{keyed.management}/token?type=x", headers={"Authorization": old["API"]}).status == 400
    assert ask(url, headers={"Authorization": old["API"]}).status == 200
    new = keyed.keys()
    assert new["inference"] != old["inference"]
    answer = keyed.predict("hello", headers={"Authorization": old["inference"]})
    assert answer.status == 401
    assert keyed.predict("hello", headers={"Authorization": new["inference"]}).body == b"hello"


def test_a_server_stops_in_order_and_takes_its_keys_along(tmp_path: Path) -> None:
    write_service(tmp_path / "store", "hello", HELLO)
    with ServiceServer(tmp_path / "store", tmp_path, "--models", "ALL", tokens=True) as server:
        server.wait_until_ready()
        (described,) = ask(
            f"{server.management}/models/hello", headers={"Authorization": server.keys()["management"]}
        ).json
        assert described["loadedAtStartup"]
        pids = [worker["pid"] for worker in described["workers"]]
        assert pids
        assert server.stop() == 0
    assert not (tmp_path / "key_file.json").exists()
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
