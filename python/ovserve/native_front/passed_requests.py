"""What the core does not answer itself: configuration, metrics, services, errors, web pages."""

import contextlib
import logging
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from ovserve import access_log
from ovserve._core import NativeFront, PassedRequest
from ovserve.native_front.noted_request import NotedRequest
from ovserve.native_front.passed_answer import PassedAnswer
from ovserve.native_front.passed_calls import PassedCall, PassedCalls
from ovserve.rest_api.app import RestApp
from ovserve.rest_api.routes import Later, Response, Task, Work
from ovserve.rest_api.work_threads import WorkThreads

if TYPE_CHECKING:  # its import takes a tenth of a start
    import asyncio

log = logging.getLogger(__name__)

_LOOK_AGAIN_S = 1.0
_LOOK_FOR_CANCELLED_S = 0.25
_LOOK_FOR_TAKEN_S = 0.01  # while an answer waits for its client
_AT_A_TIME = 32  # requests, before the loop turns to others


class PassedRequests:
    """Takes requests from the front and answers them, on threads of their kind."""

    def __init__(
        self, front: NativeFront, app: RestApp | None, calls: PassedCalls, inference_threads: int | None
    ) -> None:
        """Take where they come from and what answers.

        Args:
            front: where they come from.
            app: answers those of HTTP; None where none can come.
            calls: answers those of gRPC.
            inference_threads: of HTTP, at a time; None: as many as is usual.
        """
        self._front = front
        self._app = app
        self._calls = calls
        self._threads = WorkThreads(inference_threads)
        self._taker = threading.Thread(target=self._take, name="rest-passed", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[PassedAnswer | PassedCall] = set()  # of the taker alone, later of the loop alone

    def start(self) -> None:
        """Begin; ends by itself when the front has stopped."""
        self._taker.start()

    def move_to(self, loop: "asyncio.AbstractEventLoop") -> None:
        """Take requests on an event loop soon: those that are answered there change threads less often."""
        self._loop = loop

    def close_threads(self) -> None:
        """Let idle threads go. One that is stuck in a call is not waited for."""
        self._threads.close()
        self._calls.close()

    def _take(self) -> None:
        look_at = 0.0
        while not self._front.closed:
            if self._loop is not None:
                with contextlib.suppress(RuntimeError):  # it has ended, as the server is about to
                    self._loop.call_soon_threadsafe(self._take_on_loop, self._loop)
                return
            request = self._front.next_request(self._look_after_s() if self._waiting else _LOOK_AGAIN_S)
            if request is not None:
                self._take_one(request)
            if self._waiting and time.monotonic() >= look_at:
                self._look_for_cancelled()
                look_at = time.monotonic() + self._look_after_s()
        for answer in self._waiting:
            answer.cancel()

    def _take_on_loop(self, loop: "asyncio.AbstractEventLoop") -> None:
        loop.add_reader(self._front.passage_descriptor, self._take_several)
        self._look_again(loop)

    def _take_several(self) -> None:
        for _ in range(_AT_A_TIME):
            request = self._front.next_request(0.0)
            if request is None:
                return
            self._take_one(request)

    def _look_again(self, loop: "asyncio.AbstractEventLoop") -> None:
        self._look_for_cancelled()
        loop.call_later(self._look_after_s(), self._look_again, loop)

    def _look_after_s(self) -> float:
        return _LOOK_FOR_TAKEN_S if any(answer.is_full for answer in self._waiting) else _LOOK_FOR_CANCELLED_S

    def _look_for_cancelled(self) -> None:
        self._waiting = {answer for answer in self._waiting if answer.look()}

    def _take_one(self, request: PassedRequest) -> None:
        if access_log.is_on():
            request = cast("PassedRequest", NotedRequest(request))
        if request.is_grpc:
            self._waiting.add(self._calls.begin(request))
            return
        assert self._app is not None
        try:
            self._begin(request, self._app)
        except Exception:
            self._reply(request, self._failure(request, self._app))

    def _failure(self, request: PassedRequest, app: RestApp) -> Response:
        log.exception("%s %r failed in an unexpected way", request.method, request.path)
        return app.error(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error")

    def _begin(self, request: PassedRequest, app: RestApp) -> None:
        # The raw path, because a name may hold an encoded slash or colon.
        path, _, query = request.path.partition(b"?")
        task = app.find(request.method, path.decode("latin-1"), request.headers, query)
        if isinstance(task, Response):
            self._reply(request, task)
        elif isinstance(task, Later):
            self._answer_later(request, task, app)
        elif task.work is Work.INSTANT:
            self._answer(request, task)
        else:
            self._threads.submit(task.work, lambda: self._answer(request, task))

    def _answer_later(self, request: PassedRequest, task: Later, app: RestApp) -> None:
        body = request.body
        if task.largest_body is not None and len(body) > task.largest_body:
            self._reply(request, task.refuse(task.largest_body))
            return
        answer = PassedAnswer(request, self._reply)
        if task.is_long(body):
            self._waiting.add(answer)
            self._threads.submit(Work.QUICK, lambda: self._begin_long(request, task, body, answer, app))
        elif answer.wait_for(task.begin(body, answer)):
            self._waiting.add(answer)

    def _begin_long(
        self, request: PassedRequest, task: Later, body: bytes, answer: PassedAnswer, app: RestApp
    ) -> None:
        try:
            answer.wait_for(task.begin(body, answer))
        except Exception:
            answer.reply(self._failure(request, app))  # by the answer, which is not looked at any more then

    def _answer(self, request: PassedRequest, task: Task) -> None:
        self._reply(request, task.run(request.body))

    def _reply(self, request: PassedRequest, response: Response, more: bool = False) -> None:
        fields = (
            (b"content-type", response.content_type),
            *response.headers,
            *(self._app.cors_headers(request.headers) if self._app is not None else ()),
        )
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in fields
            if name != b"connection" and (value or name != b"content-type")
        ]
        if more:
            request.begin(int(response.status), headers, response.body, response.reason)
        else:
            request.reply(int(response.status), headers, response.body, response.reason)
