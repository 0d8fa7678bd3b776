"""The threads of calls, and how calls that do not send their message are kept from taking all of them.

grpcio gives a call a thread when its head has come, which may be long before its message has.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import grpc

_PATIENCE_S = 2.0  # at most, before a call may be ended for the sake of others
_LEAST_PATIENCE_S = 0.1  # a busy machine delays the messages of good clients, too
_LOOK_AGAIN_S = 0.1


class CallThreads(ThreadPoolExecutor):
    """Up to ``most`` threads, made on demand; further calls wait for one.

    While calls wait, those that have not received their message keep at most half of the threads: beyond
    that, the ones that have been at it the longest are cancelled.
    """

    def __init__(self, most: int) -> None:
        super().__init__(most, thread_name_prefix="grpc")
        self._most = most
        self._changed = threading.Condition()
        self._calls = 0  # that have a thread or wait for one; guarded by _changed
        self._unsent = 0  # whose client has not got all of the answer; guarded by _changed
        self._receiving: dict[grpc.ServicerContext, float] = {}  # oldest first; guarded by _changed
        self._watch: threading.Thread | None = None  # guarded by _changed
        self._closed = False  # guarded by _changed

    def submit(self, fn: Any, /, *args: Any, **keywords: Any) -> "Future[Any]":
        """Give a call a thread, now or later."""
        future = super().submit(fn, *args, **keywords)
        with self._changed:
            self._calls += 1
            if self._calls > self._most:
                self._watch_calls()
        future.add_done_callback(self._end_call)
        return future

    def receive(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        """Wait for a call's one message, on the thread of the call.

        Raises:
            grpc.RpcError: the client has cancelled the call, or it has been cancelled for others.
        """
        with self._changed:
            self._receiving[context] = time.monotonic()
            self._unsent += 1  # the answer is sent when the thread has gone on
        # Outside: grpcio holds the call's lock while it submits it.
        if not context.add_callback(self._end_answer):
            self._end_answer()
        try:
            message = next(requests, None)
        finally:
            with self._changed:
                del self._receiving[context]
        if message is None:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED, "The method needs one request message; none came whole"
            )
            raise AssertionError("abort always raises")
        return message

    def is_idle(self) -> bool:
        """Tell whether no call is being answered."""
        with self._changed:
            return not self._calls and not self._unsent

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let idle threads go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        super().shutdown(wait, cancel_futures=cancel_futures)

    def _end_call(self, _: "Future[Any]") -> None:
        with self._changed:
            self._calls -= 1

    def _end_answer(self) -> None:
        with self._changed:
            self._unsent -= 1

    def _watch_calls(self) -> None:
        """Make sure that somebody makes room. The caller holds _changed."""
        if self._watch is None:
            self._watch = threading.Thread(target=self._make_room, name="grpc-room", daemon=True)
            self._watch.start()
        self._changed.notify_all()

    def _make_room(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._calls > self._most)
                if self._closed:
                    return
                stuck = self._calls_in_the_way()
            for context in stuck:
                context.cancel()
            time.sleep(_LOOK_AGAIN_S)

    def _calls_in_the_way(self) -> list[grpc.ServicerContext]:
        # The more calls wait, the shorter: the next to get a thread may be no better.
        patience = max(_LEAST_PATIENCE_S, _PATIENCE_S * self._most / self._calls)
        latest = time.monotonic() - patience
        too_many = min(len(self._receiving) - max(1, self._most // 2), self._calls - self._most)
        return [context for context, since in self._receiving.items() if since < latest][: max(0, too_many)]
