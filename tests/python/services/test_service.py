"""What a service does with requests: batches, queue, deadlines, cancelling, draining."""

import asyncio
import gc
import json
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.services import PATIENCE_S, CountingSink, Services
from ovserve.services import Part, Request, ServiceFailure, ServiceState

Eventually = Callable[[Callable[[], bool]], None]

ECHO = """
    def handle(data, context):
        return [row["body"] for row in data] if data else None
"""
SIZES = """
    def handle(data, context):
        return [len(data)] * len(data) if data else None
"""
# Waits until the test creates the file that the body names.
WAITER = """
    import os, time

    def handle(data, context):
        if data is None:
            return None
        for row in data:
            path = bytes(row["body"]).decode()
            if path:
                open(path + ".started", "w").close()
            while path and not os.path.exists(path):
                time.sleep(0.005)
        return ["done"] * len(data)
"""


def started(gate: Path) -> Callable[[], bool]:
    return gate.with_name(gate.name + ".started").exists


def test_a_request_is_answered(services: Services) -> None:
    service = services.start(ECHO)
    reply = services.ask(service, b"hello", request_id="id-1")
    assert bytes(reply.body) == b"hello"
    assert (reply.status, reply.phrase, reply.content_type, reply.headers) == (200, "", "", [])
    assert reply.request_id == "id-1"
    assert reply.pieces is None


def test_requests_without_an_id_get_different_ones(services: Services) -> None:
    service = services.start(ECHO)
    ids = {services.ask(service).request_id for _ in range(3)}
    assert len(ids) == 3
    assert all(len(each) == 36 for each in ids)


@pytest.mark.parametrize("size", [0, 1, 255 * 1024, 256 * 1024 + 1, 3_000_001])
def test_bodies_of_any_size_come_back_as_they_are(services: Services, size: int) -> None:
    service = services.start(ECHO)
    body = bytes(range(256)) * (size // 256 + 1)
    assert bytes(services.ask(service, body[:size]).body) == body[:size]


def test_an_answer_above_the_limit_is_refused_and_the_worker_lives(services: Services) -> None:
    service = services.start(ECHO, max_response_bytes=1000)
    pids = services.pids(service)
    failure = services.failure(service, b"x" * 1001)
    assert failure.status == 500
    assert "max_response_size, 1000" in failure.message
    assert bytes(services.ask(service, b"x" * 1000).body) == b"x" * 1000
    assert services.pids(service) == pids


def test_requests_that_come_together_are_a_batch(services: Services) -> None:
    service = services.start(SIZES, batch_size=4, max_batch_delay_s=PATIENCE_S)
    futures = [services.begin(service) for _ in range(4)]
    assert [bytes(future.result(PATIENCE_S).body) for future in futures] == [b"4"] * 4


def test_a_batch_that_does_not_fill_goes_after_the_delay(services: Services) -> None:
    service = services.start(SIZES, batch_size=100, max_batch_delay_s=0.05)
    assert bytes(services.ask(service).body) == b"1"


def test_predictions_and_explanations_never_share_a_batch(services: Services, tmp_path: Path) -> None:
    service = services.start(
        """
        def handle(data, context):
            if data is None:
                return None
            return [[len(data), context.get_request_header(i, "explain")] for i in range(len(data))]
        """,
        batch_size=4,
        max_batch_delay_s=0.05,
    )
    kinds = [False, False, True, True]
    futures = [services.begin(service, explain=explain) for explain in kinds]
    answers = [json.loads(bytes(future.result(PATIENCE_S).body)) for future in futures]
    assert [answer[1] for answer in answers] == ["False", "False", "True", "True"]
    assert all(answer[0] <= 2 for answer in answers)


def test_what_waits_above_the_queue_size_is_refused_with_its_own_text(
    services: Services, tmp_path: Path, eventually: Eventually
) -> None:
    gate = tmp_path / "gate"
    service = services.start(WAITER, queue_size=2)
    running = services.begin(service, str(gate).encode())
    eventually(started(gate))
    waiting = [services.begin(service) for _ in range(2)]
    eventually(lambda: services.describe(service).waiting_requests == 2)
    failure = services.failure(service)
    assert (failure.status, failure.type) == (503, "ServiceUnavailableException")
    assert 'queue of model "model" is full: 2 requests wait' in failure.message
    assert "no worker" not in failure.message
    gate.touch()
    assert [bytes(f.result(PATIENCE_S).body) for f in (running, *waiting)] == [b"done"] * 3


def test_without_workers_requests_fail_with_the_text_that_clients_know(services: Services) -> None:
    service = services.add(ECHO, min_workers=0)
    assert services.scale_result(service).wanted == 0
    failure = services.failure(service)
    assert (failure.status, failure.type) == (503, "ServiceUnavailableException")
    assert failure.message == (
        'Model "model" has no worker to serve inference request. Please use scale workers API to add workers.'
    )
    assert service.state is ServiceState.NO_WORKERS


def test_a_deadline_that_passes_is_504_while_waiting_and_while_running(
    services: Services, tmp_path: Path, eventually: Eventually
) -> None:
    gate = tmp_path / "gate"
    service = services.start(WAITER, client_timeout_s=PATIENCE_S)
    running = services.begin(service, str(gate).encode(), timeout_s=0.5)
    eventually(started(gate))
    waiting = services.failure(service, timeout_s=0.05)
    assert waiting.status == 504
    assert "no answer within 0.05 s" in waiting.message
    with pytest.raises(ServiceFailure, match=r"no answer within 0\.5 s") as error:
        running.result(PATIENCE_S)
    assert error.value.status == 504
    gate.touch()
    assert bytes(services.ask(service).body) == b"done"


def test_the_services_own_deadline_counts_where_the_client_sets_none(
    services: Services, tmp_path: Path
) -> None:
    service = services.start(WAITER, client_timeout_s=0.1, drain_timeout_s=3600)
    gate = tmp_path / "gate"
    assert services.failure(service, str(gate).encode()).status == 504
    gate.touch()
    services.stop(service)  # once the handler has returned, and no later


@pytest.mark.parametrize("given_ahead", [False, True])
def test_a_request_that_waits_can_be_given_up(
    services: Services, tmp_path: Path, eventually: Eventually, given_ahead: bool
) -> None:
    gate = tmp_path / "gate"
    service = services.start(WAITER)
    for _ in range(3 if given_ahead else 0):
        services.ask(service)  # so that it is known to be fast
    running = services.begin(service, str(gate).encode())
    eventually(started(gate))
    other = tmp_path / "other"
    waiting = services.begin(service, str(other).encode())
    eventually(lambda: services.describe(service).waiting_requests == 1)
    waiting.cancel()
    eventually(lambda: services.describe(service).waiting_requests == 0)
    gate.touch()
    assert bytes(running.result(PATIENCE_S).body) == b"done"
    assert bytes(services.ask(service).body) == b"done"
    assert not started(other)()


def test_a_handler_sees_that_its_request_was_given_up(
    services: Services, tmp_path: Path, eventually: Eventually
) -> None:
    service = services.start(
        """
        import time

        def handle(data, context):
            if data is None:
                return None
            if not data[0]["body"]:
                return ["next"]
            open(bytes(data[0]["body"]).decode(), "w").close()
            while not context.cancelled(0):
                time.sleep(0.005)
            print("given up")
            return ["too late"]
        """
    )
    gate = tmp_path / "running"
    running = services.begin(service, str(gate).encode())
    eventually(gate.exists)
    running.cancel()
    assert bytes(services.ask(service).body) == b"next"
    assert "given up" in services.output()


def test_a_batch_goes_on_for_those_who_have_not_given_up(
    services: Services, tmp_path: Path, eventually: Eventually
) -> None:
    gate = tmp_path / "gate"
    service = services.start(WAITER, batch_size=2, max_batch_delay_s=PATIENCE_S)
    futures = [services.begin(service, str(gate).encode()) for _ in range(2)]
    eventually(started(gate))
    futures[0].cancel()
    gate.touch()
    assert bytes(futures[1].result(PATIENCE_S).body) == b"done"


def test_stop_answers_what_is_there_and_refuses_what_comes(
    services: Services, tmp_path: Path, eventually: Eventually
) -> None:
    gate = tmp_path / "gate"
    service = services.start(WAITER)
    futures = [services.begin(service, str(gate).encode()) for _ in range(3)]
    eventually(started(gate))
    stopping = services.start_coroutine(service.stop())
    eventually(lambda: service.state is ServiceState.STOPPING)
    refused = services.failure(service)
    assert refused.status == 503
    assert "unregistered" in refused.message
    gate.touch()
    assert [bytes(future.result(PATIENCE_S).body) for future in futures] == [b"done"] * 3
    stopping.result(PATIENCE_S)
    assert services.pids(service) == []


def test_what_does_not_drain_in_time_is_ended(
    services: Services, tmp_path: Path, eventually: Eventually
) -> None:
    gate = tmp_path / "gate"
    service = services.start(WAITER, drain_timeout_s=0.1, stop_timeout_s=0.2)
    running = services.begin(service, str(gate).encode())
    eventually(started(gate))
    waiting = services.begin(service)
    services.stop(service)
    with pytest.raises(ServiceFailure) as error:
        running.result(PATIENCE_S)
    assert (error.value.status, error.value.message) == (500, "Worker died.")
    with pytest.raises(ServiceFailure) as error:
        waiting.result(PATIENCE_S)
    assert error.value.status == 503


class KnowingSink(CountingSink):
    """Knows what it can cancel, as those of clients do."""

    pending: object = None


@pytest.mark.parametrize("code", [ECHO, "def handle(data, context): 1 / 0 if data else None"])
def test_what_was_answered_leaves_no_garbage(services: Services, code: str) -> None:
    service = services.start(code)

    async def ask() -> "weakref.ref[CountingSink]":
        sink = KnowingSink()
        request = Request((Part("body", "", b"hello"),))
        sink.pending = services.registry.submit_threadsafe(service, request, sink)
        await asyncio.to_thread(sink.done.wait, PATIENCE_S)
        return weakref.ref(sink)

    gc.disable()
    try:
        sink = services.run(ask())
        assert sink() is None
    finally:
        gc.enable()


def test_submit_threadsafe_answers_from_any_thread(services: Services) -> None:
    service = services.start(ECHO)
    sinks = [CountingSink() for _ in range(20)]

    def send(sink: CountingSink, number: int) -> None:
        request = Request((Part("body", "", str(number).encode()),))
        services.registry.submit_threadsafe(service, request, sink)

    threads = [threading.Thread(target=send, args=(sink, i)) for i, sink in enumerate(sinks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, sink in enumerate(sinks):
        assert sink.done.wait(PATIENCE_S)
        assert [bytes(reply.body) for reply in sink.replies] == [str(number).encode()]


def test_metrics_count_answers_by_status(services: Services) -> None:
    service = services.start(ECHO)
    services.ask(service)
    services.ask(service)
    services.scale(service, 0)
    services.failure(service)

    async def snapshot() -> object:
        return service.metrics()

    metrics = services.run(snapshot())
    assert dict(metrics.requests_by_status) == {200: 2, 503: 1}
    assert (metrics.by_class(2), metrics.by_class(5), metrics.batches) == (2, 1, 2)


def test_requests_of_a_failed_batch_are_tried_singly_where_that_is_asked_for(services: Services) -> None:
    code = """
        def handle(data, context):
            if data is None:
                return None
            if any(row["body"] == b"bad" for row in data):
                raise ValueError("one is bad")
            for i in range(len(data)):
                context.set_response_header(i, "x-batch", str(len(data)))
            return [row["body"] for row in data]
    """
    settings = {"batch_size": 3, "max_batch_delay_s": PATIENCE_S}
    retrying = services.start(code, name="retrying", retry_singly=True, **settings)
    futures = [services.begin(retrying, body) for body in (b"a", b"bad", b"c")]
    assert bytes(futures[0].result(PATIENCE_S).body) == b"a"
    assert futures[2].result(PATIENCE_S).headers == [("x-batch", "1")]
    with pytest.raises(ServiceFailure, match="Prediction failed"):
        futures[1].result(PATIENCE_S)
    plain = services.start(code, name="plain", **settings)
    for future in [services.begin(plain, body) for body in (b"a", b"bad", b"c")]:
        with pytest.raises(ServiceFailure, match="Prediction failed"):
            future.result(PATIENCE_S)
