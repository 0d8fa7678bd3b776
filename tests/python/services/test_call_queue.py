"""Who waits, and who goes together."""

import pytest

from harness.services import CountingSink
from ovserve.services.call_queue import Call, CallQueue, CallState
from ovserve.services.exchange import Part, Request
from ovserve.services.wire import messages


class Owner:
    def cancel(self, call: Call) -> None:
        raise AssertionError


def call(name: str, flags: int = 0) -> Call:
    return Call(Owner(), Request(()), name, flags, CountingSink(), 0.0)


def names(calls: list[Call]) -> list[str]:
    return [each.request_id for each in calls]


def test_first_in_first_out() -> None:
    queue = CallQueue()
    for name in "abcd":
        queue.add(call(name))
    assert queue.first.request_id == "a"
    assert names(queue.take(3)) == ["a", "b", "c"]
    assert len(queue) == 1
    assert names(queue.take(3)) == ["d"]
    assert queue.take(3) == []


def test_those_who_ended_do_not_count() -> None:
    queue = CallQueue()
    first, second = call("a"), call("b")
    queue.add(first)
    queue.add(second)
    first.state = CallState.DONE
    queue.ended(first)
    assert len(queue) == 1
    assert queue.first is second
    assert names(queue.take(5)) == ["b"]


def test_those_who_are_put_back_come_first() -> None:
    queue = CallQueue()
    for name in "abc":
        queue.add(call(name))
    taken = queue.take(2)
    for each in taken:
        each.state = CallState.RUNNING
    queue.put_back(taken)
    assert {each.state for each in taken} == {CallState.WAITING}
    assert names(queue.take(9)) == ["a", "b", "c"]


@pytest.mark.parametrize(("size", "small"), [(0, True), (16 * 1024, True), (16 * 1024 + 1, False)])
def test_small_requests_are_told_from_large_ones(size: int, small: bool) -> None:
    request = Request((Part("a", "", b""), Part("b", "", b"x" * size)))
    assert Call(Owner(), request, "id", 0, CountingSink(), 0.0).is_small == small


@pytest.mark.parametrize("flags", [messages.EXPLAIN, messages.DESCRIBE])
def test_kinds_do_not_mix(flags: int) -> None:
    queue = CallQueue()
    for name, kind in (("a", 0), ("b", flags), ("c", flags), ("d", 0)):
        queue.add(call(name, kind))
    assert names(queue.take(9)) == ["a"]
    together = ["b"] if flags == messages.DESCRIBE else ["b", "c"]
    assert names(queue.take(9)) == together


def test_those_who_ended_are_not_kept() -> None:
    queue = CallQueue()
    for number in range(1000):
        each = call(str(number))
        queue.add(each)
        each.state = CallState.DONE
        queue.ended(each)
    assert len(queue._calls) < 100
    assert len(queue) == 0


def test_all_can_be_taken() -> None:
    queue = CallQueue()
    ended = call("a")
    queue.add(ended)
    queue.add(call("b"))
    ended.state = CallState.DONE
    queue.ended(ended)
    assert names(queue.take_all()) == ["b"]
    assert len(queue) == 0
