"""What workers inherit."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.services import Services
from ovserve.services import ServiceSpec
from ovserve.services.environment import WORKER_SIDE, worker_environment

OWN = {
    "PATH": "/bin",
    "HOME": "/home/me",
    "LC_ALL": "C.UTF-8",
    "AWS_SECRET_ACCESS_KEY": "s3cret",
    "MY_TOKEN": "t",
    "PYTHONPATH": "/evil",
    "PYTHONSTARTUP": "/evil.py",
    "LD_PRELOAD": "/evil.so",
    "OMP_NUM_THREADS": "3",
}


def environment(**settings: Any) -> dict[str, str]:
    spec = ServiceSpec(name="m", model_dir=Path("/"), handler="h", **settings)
    return worker_environment(spec, "tag", "/run/dir", OWN)


def test_secrets_and_foreign_code_are_not_inherited() -> None:
    inherited = environment()
    assert inherited["PATH"] == "/bin"
    assert inherited["LC_ALL"] == "C.UTF-8"
    assert not {"AWS_SECRET_ACCESS_KEY", "MY_TOKEN", "PYTHONSTARTUP", "LD_PRELOAD"} & set(inherited)
    assert inherited["PYTHONPATH"] == str(WORKER_SIDE)
    assert inherited["TMPDIR"] == "/run/dir"
    assert inherited["OVSERVE_WORKER_TAG"] == "tag"


def test_more_can_be_allowed_and_set() -> None:
    inherited = environment(environment_allowed=("MY_*",), environment={"NEW": "1", "PATH": "/mine"})
    assert (inherited["MY_TOKEN"], inherited["NEW"], inherited["PATH"]) == ("t", "1", "/mine")
    assert "AWS_SECRET_ACCESS_KEY" not in inherited


def test_a_pattern_of_blocked_names_lets_all_others_through() -> None:
    inherited = environment(environment_blocked="AWS_.*|MY")
    assert "AWS_SECRET_ACCESS_KEY" not in inherited
    assert inherited["MY_TOKEN"] == "t"  # the pattern must match the whole name
    assert inherited["PYTHONPATH"] == f"{WORKER_SIDE}{os.pathsep}/evil"


@pytest.mark.parametrize(
    ("settings", "threads"),
    [({}, "3"), ({"threads_per_worker": 5}, "5"), ({"environment_blocked": ".*"}, None)],
)
def test_threads_are_the_users_before_they_are_ours(settings: dict[str, Any], threads: str | None) -> None:
    assert environment(**settings)["OMP_NUM_THREADS"] == (threads or str(os.cpu_count()))


def test_decoding_is_told_as_handlers_know_it() -> None:
    assert environment()["TS_DECODE_INPUT_REQUEST"] == "true"
    assert environment(decode_requests=False)["TS_DECODE_INPUT_REQUEST"] == "false"


def test_a_worker_has_nothing_of_the_servers(
    services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOME_SECRET", "s3cret")
    with (tmp_path / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        service = services.start(
            """
            import os, tempfile

            def handle(data, context):
                if data is None:
                    return None
                links = [os.readlink(f"/proc/self/fd/{f}") for f in os.listdir("/proc/self/fd")
                         if os.path.lexists(f"/proc/self/fd/{f}")]
                return [[dict(os.environ), links, tempfile.gettempdir(), os.getpgid(0) == os.getpid()]]
            """
        )
        variables, links, temporary, leads_its_group = json.loads(bytes(services.ask(service).body))
    assert "SOME_SECRET" not in variables
    assert str(tmp_path / "secret") not in links
    assert sum(link.startswith("socket:") for link in links) == 1
    assert leads_its_group
    directory = Path(temporary)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(directory.parent.stat().st_mode) == 0o700
    (directory / "left").touch()
    services.stop(service)
    assert not services.pids(service)


def test_the_run_directories_go_with_the_registry(tmp_path: Path) -> None:
    with Services(tmp_path) as services:
        service = services.start(
            "import tempfile\ndef handle(d, c): return [tempfile.mkdtemp()] if d else None"
        )
        made = Path(bytes(services.ask(service).body).decode())
        assert made.is_dir()
    assert not made.parent.parent.exists()


def older_interpreters() -> list[str]:
    """Other Pythons from 3.9 on that are installed beside this one, or on the path."""
    beside = Path(sys.base_prefix).parent.glob("3.*/bin/python3")
    names = [*map(str, beside), *(f"python3.{minor}" for minor in range(9, 15))]
    return [name for name in names if _version(name) >= (3, 9)]


def _version(name: str) -> tuple[int, ...]:
    command = [name, "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ()
    version = tuple(map(int, text.split()))
    return () if version == sys.version_info[:2] else version


@pytest.mark.parametrize("interpreter", older_interpreters() or [""])
def test_workers_run_in_other_versions_of_python(services: Services, interpreter: str) -> None:
    if not interpreter:
        pytest.skip("no other Python from 3.9 on is installed")
    service = services.start(
        """
        import sys
        from ts.torch_handler.base_handler import BaseHandler
        from ts.torch_handler.image_classifier import ImageClassifier
        from ts.handler_utils.utils import send_intermediate_predict_response

        def handle(data, context):
            if data is None:
                return None
            context.metrics.add_counter("c", 1)
            context.set_response_header(0, "x-python", "%d.%d" % sys.version_info[:2])
            send_intermediate_predict_response([data[0]["body"]], context.request_ids, "", 200, context)
            return [data[0]["body"]]
        """,
        interpreter=interpreter,
    )
    assert services.pieces(service, b"x" * 300_000) == [b"x" * 300_000] * 2
    version = services.ask(service).headers[0][1]
    assert tuple(map(int, version.split("."))) != sys.version_info[:2]


def test_another_interpreter_runs_the_workers(services: Services, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nMARK=here exec "{sys.executable}" "$@"\n')
    python.chmod(0o700)
    service = services.start(
        "import os\ndef handle(d, c): return [os.environ['MARK']] if d else None", interpreter=str(python)
    )
    assert bytes(services.ask(service).body) == b"here"
    missing = services.add("", name="missing", interpreter="/no/such/python")
    failure = services.scale_result(missing).failure
    assert failure is not None
    assert "/no/such/python" in failure.message
