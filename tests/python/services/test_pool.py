"""How workers are loaded, replaced, added, taken away and ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import wait
from pathlib import Path

import pytest

from harness.services import OBEDIENT, PATIENCE_S, Services, gone
from ovserve.services import ServiceState

Eventually = Callable[[Callable[[], bool]], None]


def test_a_load_that_fails_is_told_with_its_traceback(services: Services) -> None:
    service = services.add("import no_such_package_anywhere")
    result = services.scale_result(service)
    assert result.failure is not None
    assert result.failure.permanent
    assert result.failure.message == "ModuleNotFoundError: No module named 'no_such_package_anywhere'"
    assert "service.py" in result.failure.traceback
    assert service.state is ServiceState.FAILED
    failure = services.failure(service)
    assert (failure.status, failure.type) == (503, "ServiceUnavailableException")
    assert "has no worker to serve inference request. Its workers failed to start" in failure.message
    description = services.describe(service)
    assert description.first_failure == result.failure
    assert description.next_retry_in_s is None
    assert any("no_such_package_anywhere" in event.text for event in services.events if event.kind == "load")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import os\nos._exit(4)", "it ended with status 4"),
        ("import os\nos.kill(os.getpid(), 9)", "it was killed by SIGKILL"),
        ("raise SystemExit(5)", "it ended with status 5"),
        ("import time\ntime.sleep(60)", "it was not loaded within 3 s (startup timeout)"),
        ("class A: pass\nclass B: pass", "has no 'handle', and not exactly one class of its own (A, B)"),
        ("def handle(data, context): raise ValueError('not today')", "ValueError: not today"),
        ("def handle(data, context): raise MemoryError", "MemoryError"),
    ],
)
def test_whatever_happens_while_loading_is_the_cause(services: Services, code: str, message: str) -> None:
    service = services.add("", startup_timeout_s=3.0)
    services.folder("model", service=code)
    result = services.scale_result(service)
    assert result.failure is not None
    assert message in result.failure.message
    assert result.failure.status == (507 if "MemoryError" in message else 500)
    assert (result.ready, result.wanted) == (0, 1)
    assert services.failure(service).status == 503


def test_what_a_worker_printed_last_is_kept_when_it_says_nothing_else(services: Services) -> None:
    service = services.add("import os\nprint('the cause of it all', flush=True)\nos._exit(1)")
    result = services.scale_result(service)
    assert result.failure is not None
    assert "the cause of it all" in result.failure.traceback


def test_a_load_that_may_succeed_later_is_tried_again(services: Services, tmp_path: Path) -> None:
    needed = tmp_path / "needed"
    service = services.add(
        f"""
        def handle(data, context):
            open({str(needed)!r})
            return ["fine"] if data else None
        """
    )
    result = services.scale_result(service)
    assert result.failure is not None
    assert not result.failure.permanent
    retry = services.describe(service).next_retry_in_s
    assert retry is not None
    assert 0 <= retry <= 1
    needed.touch()
    deadline = time.monotonic() + PATIENCE_S
    while service.state is not ServiceState.READY:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert bytes(services.ask(service).body) == b"fine"
    assert services.describe(service).first_failure == result.failure


def test_scaling_again_retries_a_permanent_failure(services: Services) -> None:
    service = services.add("import not_there_yet")
    assert services.scale_result(service).failure is not None
    services.folder(
        "model", not_there_yet="", service="import not_there_yet\ndef handle(d, c): return ['fine']"
    )
    assert services.scale(service, 1).failure is None
    assert bytes(services.ask(service).body) == b"fine"


def test_requests_wait_for_the_first_worker(
    services: Services, tmp_path: Path, eventually: Eventually
) -> None:
    gate = tmp_path / "gate"
    service = services.add(
        f"""
        import os, time
        while not os.path.exists({str(gate)!r}):
            time.sleep(0.01)
        def handle(data, context):
            return ["fine"] * len(data) if data else None
        """
    )
    starting = services.start_coroutine(service.start())
    eventually(lambda: service.state is ServiceState.LOADING)
    waiting = services.begin(service)
    assert not wait([waiting], 0.2).done
    gate.touch()
    assert bytes(waiting.result(PATIENCE_S).body) == b"fine"
    assert starting.result(PATIENCE_S).ready == 1


def test_requests_wait_for_a_worker_that_is_being_replaced(
    services: Services, eventually: Eventually
) -> None:
    service = services.start(OBEDIENT)
    services.ask(service, b"pass")
    os.kill(services.pids(service)[0], signal.SIGKILL)
    eventually(lambda: services.describe(service).worker_restarts == 1)
    assert bytes(services.ask(service, b"pass").body) == b"fine"


def test_scaling_down_lets_a_busy_worker_finish(
    services: Services, tmp_path: Path, eventually: Eventually
) -> None:
    gate, begun = tmp_path / "gate", tmp_path / "begun"
    service = services.start(OBEDIENT)
    deed = f"open({str(begun)!r}, 'w').close()\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.01)"
    running = services.begin(service, deed.encode())
    eventually(begun.exists)
    scaling = services.start_coroutine(service.scale(0))
    eventually(lambda: service.state is ServiceState.NO_WORKERS)
    assert services.failure(service).status == 503
    gate.touch()
    assert bytes(running.result(PATIENCE_S).body) == b"fine"
    assert scaling.result(PATIENCE_S).wanted == 0


def test_scaling_up_and_down_changes_the_number_of_workers(services: Services) -> None:
    service = services.start(OBEDIENT)
    first = services.pids(service)
    assert services.scale(service, 3).ready == 3
    three = services.pids(service)
    assert len(set(three)) == 3
    assert first[0] in three
    assert services.scale(service, 1).ready == 1
    assert all(gone(pid) for pid in set(three) - set(services.pids(service)))


def test_load_adds_workers_and_idleness_takes_them_away(
    services: Services, tmp_path: Path, eventually: Eventually
) -> None:
    service = services.start(
        OBEDIENT, min_workers=1, max_workers=2, scale_up_after_s=0.1, scale_down_after_s=0.1
    )
    gate = tmp_path / "gate"
    deed = f"while not os.path.exists({str(gate)!r}): time.sleep(0.01)".encode()
    busy = [services.begin(service, deed) for _ in range(3)]
    eventually(lambda: len(services.pids(service)) == 2)
    gate.touch()
    assert [bytes(each.result(PATIENCE_S).body) for each in busy] == [b"fine"] * 3
    eventually(lambda: len(services.pids(service)) == 1)


def test_a_service_without_work_may_have_no_worker_until_there_is_some(
    services: Services, eventually: Eventually
) -> None:
    service = services.add(OBEDIENT, min_workers=0, max_workers=1, scale_down_after_s=0.1)
    assert services.scale_result(service).wanted == 0
    assert services.pids(service) == []
    assert bytes(services.ask(service, b"pass").body) == b"fine"
    eventually(lambda: services.pids(service) == [])
    assert bytes(services.ask(service, b"pass").body) == b"fine"


def test_what_a_worker_started_ends_with_it(
    services: Services, tmp_path: Path, eventually: Eventually
) -> None:
    service = services.start(OBEDIENT)
    deed = (
        "import subprocess\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "away = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        "answer = [[child.pid, away.pid]]"
    )
    children = [
        int(pid) for pid in bytes(services.ask(service, deed.encode()).body).strip(b"[] \n").split(b",")
    ]
    assert not any(gone(pid) for pid in children)
    os.kill(services.pids(service)[0], signal.SIGKILL)
    eventually(lambda: all(gone(pid) for pid in children))


SERVER = """
import sys, time
from pathlib import Path
from ovserve.services import *

with ServiceThread(ServiceRegistry()) as thread:
    async def begin():
        service = thread.registry.add(ServiceSpec(name="m", model_dir=Path(sys.argv[1]), handler="service"))
        await service.start()
        deed = "import subprocess as s\\n"
        deed += "answer = [str(s.Popen(['sleep', '600'], start_new_session=True).pid)]"
        reply = await service.predict(Request((Part("body", "", deed.encode()),)))
        return (await service.describe()).workers[0].pid, bytes(reply.body).decode()
    print(*thread.run(begin()).result(), flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("ending", [signal.SIGKILL, None])
def test_workers_and_their_children_end_with_the_server(
    services: Services, eventually: Eventually, ending: signal.Signals | None
) -> None:
    folder = services.folder("model", service=OBEDIENT)
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        pids = [int(pid) for pid in server.stdout.readline().split()]
        assert len(pids) == 2
        assert not any(gone(pid) for pid in pids)
        variables = Path(f"/proc/{pids[0]}/environ").read_text().split("\0")
        (directory,) = (Path(each.partition("=")[2]) for each in variables if each.startswith("TMPDIR="))
        assert directory.is_dir()
        if ending is not None:
            server.send_signal(ending)
        server.stdin.close()
        assert server.wait(PATIENCE_S) == (-ending if ending is not None else 0)
    eventually(lambda: all(gone(pid) for pid in pids))
    eventually(lambda: not directory.parent.exists())


def test_close_hooks_run_and_sigterm_follows_for_those_that_hang(services: Services, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    service = services.start(
        f"""
        class Handler:
            def warm_up(self, context):
                self.warm = context.system_properties["model_dir"]

            def handle(self, data, context):
                return [self.warm]

            def finalize(self):
                open({str(closed)!r}, "w").close()
        """
    )
    assert bytes(services.ask(service).body).decode().endswith("model")
    services.stop(service)
    assert closed.exists()
    hanging = services.start(
        "import time\ndef handle(d, c): return d\ndef close(): time.sleep(600)",
        name="hanging",
        stop_timeout_s=0.2,
    )
    (pid,) = services.pids(hanging)
    services.stop(hanging)
    assert gone(pid)


def test_crashes_one_after_the_other_are_backed_off(services: Services, eventually: Eventually) -> None:
    service = services.start(OBEDIENT)
    assert services.failure(service, b"os._exit(1)").status == 500
    assert services.failure(service, b"os._exit(1)").status == 500
    eventually(lambda: services.describe(service).worker_restarts == 2)
    retry = services.describe(service).next_retry_in_s
    assert retry is not None
    assert 0 < retry <= 1
