"""What a store gives: at the start, from URLs, by watching, from snapshots."""

import functools
import http.server
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.archives import zip_file
from harness.service_server import ServiceServer, archive, write_service
from ovserve.archive.digests import file_digest

HELLO = """
    import os

    def handle(data, context):
        return None if data is None else [os.environ.get("SECRET", "hello")] * len(data)
"""


def until(holds: Callable[[], bool]) -> None:
    for _ in range(6000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to be")


@pytest.fixture
def files(tmp_path: Path) -> Iterator[str]:
    """The URL of a server of files below ``tmp_path/files``."""
    (tmp_path / "files").mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *values: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(tmp_path / "files"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_names_settings_and_what_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "a secret of the server")
    store = tmp_path / "store"
    store.mkdir()
    archive(store, "hello", HELLO)
    (store / "broken.mar").write_bytes(b"no archive")
    (tmp_path / "c.properties").write_text(
        'default_workers_per_model=1\nmodels={"named": {"1.0": {"batchSize": 3, "maxBatchDelay": 1}}}\n'
    )
    arguments = ("--models", "named=hello.mar,broken.mar,nothing.mar", "--ts_config", "c.properties")
    with ServiceServer(store, tmp_path, *arguments) as server:
        server.wait_until_ready()
        (described,) = server.describe("named")
        assert (described["batchSize"], described["minWorkers"], described["loadedAtStartup"]) == (3, 1, True)
        assert server.predict("named").body == b"hello"
        assert [each["modelName"] for each in server.manage("/models").json["models"]] == ["named"]
        assert "broken.mar" in server.output
        assert "Model not found at: nothing.mar" in server.output
        assert server.stop() == 0


def test_all_that_is_in_the_store(tmp_path: Path) -> None:
    store = tmp_path / "store"
    write_service(store, "one", HELLO)
    archive(store, "two", HELLO)
    with ServiceServer(store, tmp_path, "--models", "ALL") as server:
        server.wait_until_ready()
        assert [each["modelName"] for each in server.manage("/models").json["models"]] == ["one", "two"]


def test_a_folder_is_loaded_again_when_it_changes(tmp_path: Path) -> None:
    store = tmp_path / "store"
    service = write_service(store, "hello", HELLO)
    with ServiceServer(store, tmp_path, "--models", "hello", "--watch") as server:
        server.wait_until_ready()
        time.sleep(1.5)  # the first looks take down what is there
        (service / "service.py").write_text(textwrap.dedent(HELLO.replace('"hello"', '"changed"')))
        until(lambda: server.predict("hello").body == b"changed")
        (service / "service.py").write_text("def handle(:")
        server.wait_for_line("what is served stays")
        assert server.predict("hello").body == b"changed"


def test_archives_by_url(tmp_path: Path, files: str) -> None:
    store = tmp_path / "store"
    store.mkdir()
    made = archive(store, "remote", HELLO).rename(tmp_path / "files/remote.mar")
    digest = file_digest(made)
    pattern = f"{files.replace('.', chr(92) * 2 + '.')}/.*"
    (tmp_path / "c.properties").write_text(f"allowed_urls={pattern}\n")
    with ServiceServer(store, tmp_path, "--ts_config", "c.properties") as server:
        server.wait_until_ready()
        url = f"{files}/remote.mar"
        pinned = server.manage(f"/models?url={url}&sha256={'0' * 64}", "POST")
        assert (pinned.status, pinned.json["type"]) == (400, "DownloadArchiveException")
        assert pinned.message == f"Failed to download archive from: {url}"
        answer = server.manage(f"/models?url={url}&sha256={digest}&initial_workers=1", "POST")
        assert answer.status == 200, answer.body
        assert server.predict("remote").body == b"hello"
        (described,) = server.describe("remote")
        assert described["modelUrl"] == url
        assert not list(store.iterdir())
        elsewhere = server.manage("/models?url=http://127.0.0.2/remote.mar", "POST")
        assert elsewhere.status == 404
        missing = server.manage(f"/models?url={files}/none.mar", "POST")
        assert (missing.status, missing.json["type"]) == (400, "DownloadArchiveException")
        assert server.manage("/models/remote", "DELETE").status == 200
    assert made.is_file()


def test_snapshots_bring_back_what_was_registered(tmp_path: Path) -> None:
    store = tmp_path / "store"
    write_service(store, "hello", HELLO)
    (tmp_path / "c.properties").write_text("snapshot_directory=snapshots\nrestore_snapshot=true\n")
    arguments = ("--ts_config", "c.properties")
    with ServiceServer(store, tmp_path, *arguments) as server:
        server.wait_until_ready()
        assert server.manage("/models?url=hello&model_name=kept&initial_workers=1", "POST").status == 200
        assert server.stop() == 0
    names = sorted(path.name for path in (tmp_path / "snapshots").iterdir())
    assert [name.rpartition("-")[2] for name in names] == ["startup.cfg", "snapshot.cfg", "shutdown.cfg"]
    with ServiceServer(store, tmp_path, *arguments) as server:
        server.wait_until_ready()
        assert server.predict("kept").body == b"hello"
        assert server.describe("kept")[0]["minWorkers"] == 1


def test_without_the_model_api_nothing_is_registered(tmp_path: Path) -> None:
    write_service(tmp_path / "store", "hello", HELLO)
    with ServiceServer(tmp_path / "store", tmp_path, "--models", "hello", model_api=False) as server:
        server.wait_until_ready()
        assert server.manage("/models/hello?min_worker=2&synchronous=true", "PUT").status == 200
        refused = server.manage("/models?url=hello", "POST")
        assert (refused.status, refused.json["type"]) == (405, "MethodNotAllowedException")
        assert server.manage("/models/hello", "DELETE").status == 405


@pytest.mark.parametrize("member", ["../evil.py", "/evil.py"])
def test_an_archive_that_climbs_leaves_nothing(tmp_path: Path, member: str) -> None:
    store = tmp_path / "store"
    store.mkdir()
    zip_file(store / "evil.mar", [(member, b"x = 1"), ("MAR-INF/MANIFEST.json", b"{}")])
    with ServiceServer(store, tmp_path) as server:
        server.wait_until_ready()
        answer = server.manage("/models?url=evil.mar", "POST")
        assert (answer.status, answer.json["type"]) == (400, "InvalidModelException")
    assert not list(tmp_path.rglob("evil.py"))
