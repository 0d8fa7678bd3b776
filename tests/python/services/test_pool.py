"""Workers that fail in every way, and what becomes of their requests and of them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import wait
from pathlib import Path

import pytest

from harness.services import PATIENCE_S, CountingSink, Services
from ovserve.services import Part, Request, ServiceFailure, ServiceState

Eventually = Callable[[Callable[[], bool]], None]

# The body is Python that the handler runs; its last expression's value is in `answer`.
OBEDIENT = """
    import ctypes, os, signal, socket, sys, time

    def handle(data, context):
        if data is None:
            return None
        names = dict(globals(), data=data, context=context, answer=["fine"] * len(data))
        exec(bytes(data[0]["body"]).decode(), names)
        return names["answer"]
"""

FIND_CHANNEL = """
def is_socket(number):
    path = f"/proc/self/fd/{number}"
    return os.path.exists(path) and "socket" in os.readlink(path)
CHANNEL = next(number for number in range(3, 64) if is_socket(number))
def model_call():
    from ovserve_worker import frames, messages
    return frames.plain_frame(messages.INFER, messages.INPUTS.pack(1, -1, 1, 0) + b"m").data
"""


def gone(pid: int) -> bool:
    """Whether a process has ended, zombies included."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.parametrize(
    "deed",
    [
        "os._exit(3)",
        "sys.exit(0)",
        "os.abort()",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)",
        "ctypes.string_at(0)",
        "raise KeyboardInterrupt",
        "os.closerange(3, 100); time.sleep(60)",
        "socket.socket(fileno=os.dup(CHANNEL)).send(b'garbage, not a frame'); time.sleep(60)",
        "socket.socket(fileno=os.dup(CHANNEL)).shutdown(socket.SHUT_RDWR); time.sleep(60)",
        "os.kill(os.getpid(), signal.SIGSTOP)",
        "context._channel._socket.sendall(2 * model_call()); time.sleep(60)",
        "time.sleep(3600)",
        "\nwhile True: pass",
    ],
)
def test_a_worker_that_breaks_down_costs_its_request_only(services: Services, deed: str) -> None:
    service = services.start(OBEDIENT, response_timeout_s=3.0)
    before = services.pids(service)
    failure = services.failure(service, (FIND_CHANNEL + deed).encode())
    assert (failure.status, failure.message, failure.type) == (
        500,
        "Worker died.",
        "InternalServerException",
    )
    assert bytes(services.ask(service, b"pass").body) == b"fine"
    assert services.pids(service) != before
    assert gone(before[0])
    description = services.describe(service)
    assert description.worker_restarts == 1
    assert description.first_failure is not None
    assert description.first_failure.message.startswith("the worker died: ")


@pytest.mark.parametrize(
    ("deed", "status", "message"),
    [
        ("raise ValueError('secret')", 503, "Prediction failed"),
        ("answer = None", 503, "Invalid model predict output"),
        ("answer = 'text'", 503, "Invalid model predict output"),
        ("answer = ('tuple',)", 503, "Invalid model predict output"),
        ("answer = {'a': 1}", 503, "Invalid model predict output"),
        ("answer = (i for i in [1])", 503, "Invalid model predict output"),
        ("answer = [1, 2]", 503, "number of batch response mismatched"),
        ("answer = []", 503, "number of batch response mismatched"),
        ("answer = [object()]", 503, "Unsupported model output data type."),
        ("answer = [{1, 2}]", 503, "Unsupported model output data type."),
        ("answer = []\nanswer.append(answer)", 503, "Unsupported model output data type."),
        ("raise MemoryError", 507, "Out of resources"),
        ("raise RuntimeError('CUDA out of memory')", 507, "Out of resources"),
        ("from ts.service import PredictionException as P\nraise P('no', 599)", 599, "no"),
        ("from mms.service import PredictionException as P\nraise P('bad')", 500, "bad"),
        ("from ts.utils.util import PredictionException as P\nraise P('odd', 'x')", 500, "odd"),
    ],
)
def test_a_handler_that_fails_is_answered_for_and_the_worker_lives(
    services: Services, deed: str, status: int, message: str
) -> None:
    service = services.start(OBEDIENT)
    before = services.pids(service)
    failure = services.failure(service, deed.encode())
    assert (failure.status, failure.message, failure.type) == (status, message, "InternalServerException")
    assert bytes(services.ask(service, b"pass").body) == b"fine"
    assert services.pids(service) == before


def test_a_handlers_traceback_is_in_the_log_and_not_in_the_answer(services: Services) -> None:
    service = services.start(OBEDIENT)
    failure = services.failure(service, b"raise ValueError('secret')", request_id="id-7")
    assert "secret" not in failure.message
    lines = [event for event in services.events if event.kind == "output" and "secret" in event.text]
    assert lines
    assert all(event.request_ids == ("id-7",) for event in lines)


def test_an_answer_of_one_request_fails_alone(services: Services) -> None:
    service = services.start(
        """
        def handle(data, context):
            return [object() if row["body"] == b"bad" else "good" for row in data] if data else None
        """,
        batch_size=2,
        max_batch_delay_s=PATIENCE_S,
    )
    bad, good = services.begin(service, b"bad"), services.begin(service, b"good")
    assert bytes(good.result(PATIENCE_S).body) == b"good"
    with pytest.raises(ServiceFailure, match="Unsupported model output data type"):
        bad.result(PATIENCE_S)


def test_each_of_many_requests_gets_one_answer_while_workers_are_killed(services: Services) -> None:
    service = services.start(
        """
        import time

        def handle(data, context):
            if data is None:
                return None
            time.sleep(0.02)
            return [row["body"] for row in data]
        """,
        min_workers=2,
        queue_size=200,
        batch_size=2,
        max_batch_delay_s=0.01,
    )
    sinks = [CountingSink() for _ in range(200)]
    for number, sink in enumerate(sinks):
        request = Request((Part("body", "", b"%d" % number),))
        services.registry.submit_threadsafe(service, request, sink)
    killed = 0
    while not all(sink.done.is_set() for sink in sinks[:150]):
        for pid in services.pids(service)[:1]:
            os.kill(pid, signal.SIGKILL)
            killed += 1
        sinks[min(149, killed * 20)].done.wait(PATIENCE_S)
    for number, sink in enumerate(sinks):
        assert sink.done.wait(PATIENCE_S)
        assert sink.answers == 1
        if sink.replies:
            assert bytes(sink.replies[0].body) == b"%d" % number
        else:
            assert (sink.failures[0].status, sink.failures[0].message) == (500, "Worker died.")
    assert killed >= 2
    assert sum(len(sink.replies) for sink in sinks) >= 100


def test_a_worker_above_its_memory_limit_is_replaced(services: Services) -> None:
    service = services.start(OBEDIENT, memory_limit_bytes=150 * 1024 * 1024)
    failure = services.failure(service, b"hoard = b'x' * (300 * 1024 * 1024); time.sleep(60)")
    assert (failure.status, failure.message) == (507, "Out of resources")
    assert bytes(services.ask(service, b"pass").body) == b"fine"
    first = services.describe(service).first_failure
    assert first is not None
    assert "memory limit" in first.message


def test_what_the_kernel_killed_for_memory_is_told_apart(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = services.start(OBEDIENT)
    assert services.failure(service, b"os.kill(os.getpid(), 9)").status == 500
    kills = iter(range(1, 100))
    monkeypatch.setattr("ovserve.services.pool.oom_kills", lambda: next(kills))
    failure = services.failure(service, b"os.kill(os.getpid(), 9)")
    assert (failure.status, failure.message) == (507, "Out of resources")


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


def test_a_process_that_a_handler_forked_does_not_answer(services: Services) -> None:
    service = services.start(OBEDIENT)
    deed = b"if os.fork() == 0: time.sleep(0.2)\nelse: answer = ['parent']"
    assert bytes(services.ask(service, deed).body) == b"parent"
    for _ in range(5):
        assert bytes(services.ask(service, b"time.sleep(0.1)").body) == b"fine"


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
