"""Handlers that fail in every way, and what becomes of their requests and of their workers."""

import gc
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.services import OBEDIENT, PATIENCE_S, CountingSink, Services, gone
from ovserve.services import Part, Request, ServiceFailure

Eventually = Callable[[Callable[[], bool]], None]

FIND_CHANNEL = """
def is_socket(number):
    path = f"/proc/self/fd/{number}"
    return os.path.exists(path) and "socket" in os.readlink(path)
CHANNEL = next(number for number in range(3, 64) if is_socket(number))
def model_call():
    from ovserve_worker import frames, messages
    return frames.plain_frame(messages.INFER, messages.INPUTS.pack(1, -1, 1, 0) + b"m").data
"""


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


def test_a_worker_that_is_taken_away_answers_what_it_was_given_ahead_or_it_fails(services: Services) -> None:
    service = services.start(OBEDIENT, drain_timeout_s=PATIENCE_S)
    for _ in range(3):
        services.ask(service, b"pass")
    sinks = [CountingSink() for _ in range(20)]

    async def submit_all_and_scale_to_nothing() -> None:
        for number, sink in enumerate(sinks):
            body = b"os._exit(1)" if number == 2 else b"pass"
            service.submit(Request((Part("body", "", body),)), sink)
        service.begin_scale(0)

    services.run(submit_all_and_scale_to_nothing())
    for sink in sinks:
        assert sink.done.wait(PATIENCE_S)
        assert sink.answers == 1
    statuses = [sink.failures[0].status if sink.failures else 200 for sink in sinks]
    assert statuses[:3] == [200, 200, 500]
    assert set(statuses[3:]) == {503}


@pytest.mark.parametrize("batch_size", [1, 4])
def test_what_a_fast_worker_was_given_ahead_is_not_lost_with_it(services: Services, batch_size: int) -> None:
    service = services.start(
        """
        import os

        def handle(data, context):
            if data is None:
                return None
            if any(row["body"] == b"die" for row in data):
                os._exit(1)
            return [row["body"] for row in data]
        """,
        batch_size=batch_size,
        max_batch_delay_s=0.01,
    )
    for _ in range(3):
        services.ask(service, b"warm")  # so that it is known to be fast
    sinks = [CountingSink() for _ in range(60)]

    async def submit_all() -> None:
        for number, sink in enumerate(sinks):
            body = b"die" if number in (20, 40) else b"%d" % number
            service.submit(Request((Part("body", "", body),)), sink)

    services.run(submit_all())
    for number, sink in enumerate(sinks):
        assert sink.done.wait(PATIENCE_S)
        assert sink.answers == 1
        if sink.replies:
            assert bytes(sink.replies[0].body) == b"%d" % number
    assert sum(len(sink.failures) for sink in sinks) == 2 * batch_size


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


def test_a_process_that_a_handler_forked_does_not_answer(services: Services) -> None:
    service = services.start(OBEDIENT)
    deed = b"if os.fork() == 0: time.sleep(0.2)\nelse: answer = ['parent']"
    assert bytes(services.ask(service, deed).body) == b"parent"
    for _ in range(5):
        assert bytes(services.ask(service, b"time.sleep(0.1)").body) == b"fine"


def test_nothing_of_workers_that_ended_is_left_in_the_server(
    services: Services, eventually: Eventually
) -> None:
    service = services.start(OBEDIENT)

    def cycle() -> None:
        services.ask(service, b"answer = [b'x' * 400_000]; " + b" " * 400_000)
        services.failure(service, b"os._exit(1)")
        services.ask(service, b"pass")

    cycle()  # what is made once is made now
    before = len(os.listdir("/proc/self/fd"))
    gc.disable()  # what waits for the collector is left over too: a large answer is held by a descriptor
    try:
        for _ in range(4):
            cycle()
        eventually(lambda: len(os.listdir("/proc/self/fd")) <= before)
    finally:
        gc.enable()
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
    assert not any(gone(int(pid)) for pid in children)
