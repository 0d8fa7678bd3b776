"""Flags and keys that change how a whole server works, each with a server of its own."""

import hashlib
import json
import ssl
import threading
import urllib.request
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.certificates import Certificates
from harness.server_process import free_port
from harness.service_server import Answer, ServiceServer, archive, ask, write_service
from ovserve import cli

HELLO = """
    def handle(data, context):
        return None if data is None else ["hello"] * len(data)
"""
DEVICES = """
    import os

    def handle(data, context):
        return data and [str(context.system_properties["gpu_id"])] * len(data)
"""


def settings(folder: Path, **keys: Any) -> tuple[str, str]:
    """Write a config.properties; returns the flag that names it."""
    text = "".join(f"{key}={value}\n" for key, value in keys.items())
    (folder / "c.properties").write_text(text)
    return "--ts_config", "c.properties"


# Signatures


def test_only_signed_archives_are_loaded(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    for owner in ("ours", "theirs"):
        assert cli.main(["archive", "keygen", str(tmp_path / owner)]) == 0
    made = {name: archive(store, name, HELLO) for name in ("signed", "unsigned", "stranger", "tampered")}
    for name, owner in (("signed", "ours"), ("stranger", "theirs"), ("tampered", "ours")):
        assert cli.main(["archive", "sign", "--key", str(tmp_path / owner), str(made[name])]) == 0
    with zipfile.ZipFile(made["tampered"], "a") as changed:
        changed.writestr("more.txt", "after the signature")
    flags = ("--require_signed_archives", "--trusted_keys", str(tmp_path / "ours.pub"))
    with ServiceServer(store, tmp_path, "--models", "ALL", *flags) as server:
        server.wait_until_ready()
        assert [each["modelName"] for each in server.manage("/models").json["models"]] == ["signed"]
        assert server.predict("signed").body == b"hello"
        for name in ("unsigned", "stranger", "tampered"):
            assert f"{name}.mar" in server.output
            refused = server.manage(f"/models?url={name}.mar&initial_workers=1", "POST")
            assert refused.status == 400, refused.body
            assert "sign" in refused.message
        unpacked = write_service(store, "unpacked", HELLO)
        assert server.manage(f"/models?url={unpacked.name}", "POST").status == 400


def test_without_keys_no_signature_can_be_required(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    with ServiceServer(tmp_path / "store", tmp_path, "--require_signed_archives") as server:
        assert server.exit_code() != 0
        assert "trusted_keys" in server.output


# Requirements


def wheel(folder: Path, name: str, code: str) -> Path:
    """Write a wheel by hand, as pip takes it."""
    files = {
        f"{name}.py": code,
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{name}-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for file, text in files.items():
        digest = urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{file},sha256={digest},{len(text)}")
    files[f"{name}-1.0.dist-info/RECORD"] = "\n".join([*rows, f"{name}-1.0.dist-info/RECORD,,", ""])
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        for member, text in files.items():
            file.writestr(member, text)
    return path


def test_requirements_come_with_the_archive(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    sources = tmp_path / "files"
    sources.mkdir()
    made = wheel(sources, "tinydep", "WORD = 'from the wheel'\n")
    uses = """
    import tinydep

    def handle(data, context):
        return data and [tinydep.WORD] * len(data)
    """
    for name, needed in (("good", "tinydep"), ("bad", "nothing-of-that-name==3")):
        requirements = sources / f"{name}.txt"
        requirements.write_text(f"{needed}\n")
        extra = ("--extra-files", str(made), "--requirements-file", str(requirements))
        archive(store, name, uses, "1.0", *extra)
    archive(store, "plain", HELLO)
    flags = settings(tmp_path, install_py_dep_per_model="true", install_py_dep_no_index="true")
    with ServiceServer(store, tmp_path, "--models", "ALL", *flags) as server:
        server.wait_until_ready()
        assert server.predict("good").body == b"from the wheel"
        assert server.predict("plain").body == b"hello"
        assert server.predict("bad").status == 404
        assert "nothing-of-that-name" in server.output
        refused = server.manage("/models?url=bad.mar&initial_workers=1", "POST")
        assert refused.status == 400, refused.body
        assert refused.message == "Custom pip package installation failed for model bad"
    again = ServiceServer(store, tmp_path, "--models", "good.mar")
    with again:  # without the key nothing is installed
        again.wait_for_line("tinydep")


# Ports


def test_listeners_with_tls(tmp_path: Path) -> None:
    write_service(tmp_path / "store", "hello", HELLO)
    files = Certificates(tmp_path)
    port, management = free_port(), free_port()
    flags = settings(
        tmp_path,
        inference_address=f"https://127.0.0.1:{port}",
        management_address=f"https://127.0.0.1:{management}",
        private_key_file=files.server_key,
        certificate_file=files.server,
    )
    context = ssl.create_default_context(cafile=str(files.authority))

    def asked(url: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(url, data=body, headers={"Content-Type": "text/plain"})
        with urllib.request.urlopen(request, timeout=60, context=context) as answer:
            content: bytes = answer.read()
            return content

    with StoreServer(tmp_path, "--models", "hello", *flags) as server:
        server.wait_until_ready()
        assert asked(f"https://127.0.0.1:{port}/predictions/hello", b"x") == b"hello"
        assert (
            json.loads(asked(f"https://127.0.0.1:{management}/models"))["models"][0]["modelName"] == "hello"
        )
        with pytest.raises(OSError, match="certificate verify failed"):
            urllib.request.urlopen(f"https://127.0.0.1:{port}/ping", timeout=60)


class StoreServer(ServiceServer):
    """A server whose ports are those of its config.properties alone."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        super().__init__(folder / "store", folder, *arguments)
        self._arguments = ("--model_store", str(folder / "store"), "--disable_token_auth", *arguments)
        self._rest = self._grpc = False


def test_one_port_for_inference_and_management(tmp_path: Path) -> None:
    write_service(tmp_path / "store", "hello", HELLO)
    address = f"http://127.0.0.1:{free_port()}"
    flags = settings(tmp_path, inference_address=address, management_address=address, enable_model_api="true")
    with StoreServer(tmp_path, *flags) as server:
        server.wait_until_ready()
        made = ask(f"{address}/models?url=hello&initial_workers=1&synchronous=true", method="POST")
        assert made.status == 200, made.body
        assert ask(f"{address}/predictions/hello", b"x").body == b"hello"
        assert ask(f"{address}/ping").json == {"status": "Healthy"}
        assert ask(f"{address}/models/hello").json[0]["workers"][0]["status"] == "READY"
        assert ask(f"{address}/models/hello", method="DELETE").status == 200
        assert ask(f"{address}/predictions/hello", b"x").status == 404


@pytest.mark.parametrize("frontend", ["native", "grpcio"])
def test_sagemakers_convention(tmp_path: Path, frontend: str) -> None:
    write_service(tmp_path / "store", "hello", HELLO)
    port = free_port()
    flags = settings(tmp_path, inference_address=f"http://127.0.0.1:{port}")
    with StoreServer(tmp_path, "--sagemaker", "--grpc_frontend", frontend, *flags) as server:
        server.wait_until_ready()
        assert ask(f"http://127.0.0.1:{port}/ping").status == 200
        invoked = ask(f"http://127.0.0.1:{port}/invocations", b"x", content_type="text/plain")
        assert (invoked.status, invoked.body) == (200, b"hello")


def test_sagemaker_has_one_model(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_service(tmp_path / "store", name, HELLO)
    with StoreServer(tmp_path, "--sagemaker", "--models", "one,two") as server:
        assert server.exit_code() != 0
        assert "--sagemaker serves one model, not 2" in server.output


# Workers


def test_workers_take_devices_in_turn(tmp_path: Path) -> None:
    write_service(tmp_path / "store", "devices", DEVICES)
    described = tmp_path / "nvidia-smi"
    described.write_text("#!/bin/sh\nprintf 'GPU 0: one\\nGPU 1: two\\nGPU 2: three\\n'\n")
    described.chmod(0o755)
    flags = settings(tmp_path, number_of_gpu=2, default_workers_per_model=4)
    server = ServiceServer(tmp_path / "store", tmp_path, "--models", "devices", *flags)
    server._environment["PATH"] = f"{tmp_path}:{server._environment['PATH']}"
    with server:
        server.wait_until_ready()
        workers = server.describe("devices")[0]["workers"]
        assert len(workers) == 4
        seen = {server.predict("devices").body for _ in range(40)}
        assert seen <= {b"0", b"1", b"None"}


def test_hooks_of_a_handler(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    code = f"""
    def note(word):
        with open({str(notes)!r}, "a") as file:
            file.write(word + " ")

    class Handler:
        def initialize(self, context):
            note("initialize")
        def warm_up(self, context):
            note("warm_up")
        def handle(self, data, context):
            note("handle")
            return ["fine"] * len(data)
        def close(self):
            note("close")
    """
    service = write_service(tmp_path / "store", "hooks", code)
    manifest = json.loads((service / "MAR-INF/MANIFEST.json").read_text())
    manifest["model"]["handler"] = "service:Handler"
    (service / "MAR-INF/MANIFEST.json").write_text(json.dumps(manifest))
    flags = settings(tmp_path, default_workers_per_model=1)
    with ServiceServer(tmp_path / "store", tmp_path, "--models", "hooks", *flags) as server:
        server.wait_until_ready()
        assert server.predict("hooks").body == b"fine"
        assert server.manage("/models/hooks", "DELETE").status == 200
    assert notes.read_text().split() == ["initialize", "warm_up", "handle", "close"]


# Limits


LONG = """
    import os, time

    def handle(data, context):
        if data is None:
            return None
        answers = []
        for row in data:
            size = int(row["body"])
            if size < 0:
                while not os.path.exists("{gate}"):
                    time.sleep(0.01)
            answers.append(b"x" * abs(size))
        return answers
"""


def test_limits_of_requests_answers_and_queue(
    tmp_path: Path, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    gate = tmp_path / "gate"
    write_service(tmp_path / "store", "long", LONG.replace("{gate}", str(gate)))
    flags = settings(
        tmp_path,
        default_workers_per_model=1,
        job_queue_size=2,
        max_request_size=1000,
        max_response_size=2000,
    )
    with ServiceServer(tmp_path / "store", tmp_path, "--models", "long", *flags) as server:
        server.wait_until_ready()
        plain = {"content_type": "text/plain"}
        assert len(server.predict("long", b"1500", **plain).body) == 1500
        large = server.predict("long", b"1".rjust(1001, b"0"), **plain)
        assert large.status == 413, large.body
        answered = server.predict("long", b"2001", **plain)
        assert answered.status in (500, 503, 507), answered.body
        assert b"2000" in answered.body or b"max_response_size" in answered.body
        assert server.predict("long", b"3", **plain).body == b"xxx"

        answers: list[Answer] = []

        def predict() -> None:
            answers.append(server.predict("long", b"-1", **plain))

        threads = [threading.Thread(target=predict) for _ in range(12)]
        for thread in threads:
            thread.start()
        eventually(lambda: any(answer.status == 503 for answer in answers))
        gate.touch()
        for thread in threads:
            thread.join(60)
        statuses = sorted(answer.status for answer in answers)
        assert set(statuses) == {200, 503}
        assert statuses.count(200) >= 3
        refused = next(answer for answer in answers if answer.status == 503)
        assert "long" in refused.message


def test_private_addresses_are_refused_whatever_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    flags = settings(tmp_path, allowed_urls="http://.*")
    with ServiceServer(tmp_path / "store", tmp_path, *flags) as server:
        server.wait_until_ready()
        for host in ("169.254.169.254", "10.0.0.1", "[::1]", "0x7f000001"):
            refused = server.manage(f"/models?url=http://{host}/latest/x.mar", "POST")
            assert refused.status in (400, 404), (host, refused.body)
            assert "x.mar" in refused.message
