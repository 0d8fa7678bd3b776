"""REST requests that the core does not answer itself: configuration, metrics, errors, web pages."""

import logging
import threading
from http import HTTPStatus

from ovserve._core import NativeFront, PassedRequest
from ovserve.rest_api.app import RestApp, Task
from ovserve.rest_api.routes import Response, Work
from ovserve.rest_api.work_threads import WorkThreads

log = logging.getLogger(__name__)

_LOOK_AGAIN_S = 1.0


class PassedRequests:
    """Takes requests from the front and answers them, on threads of their kind."""

    def __init__(self, front: NativeFront, app: RestApp, inference_threads: int | None) -> None:
        self._front = front
        self._app = app
        self._threads = WorkThreads(inference_threads)
        self._taker = threading.Thread(target=self._take, name="rest-passed", daemon=True)

    def start(self) -> None:
        """Begin; ends by itself when the front has stopped."""
        self._taker.start()

    def close_threads(self) -> None:
        """Let idle threads go. One that is stuck in a call is not waited for."""
        self._threads.close()

    def _take(self) -> None:
        while not self._front.closed:
            request = self._front.next_request(_LOOK_AGAIN_S)
            if request is not None:
                try:
                    self._begin(request)
                except Exception:
                    log.exception("%s %r failed in an unexpected way", request.method, request.path)
                    self._reply(
                        request, self._app.error(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error")
                    )

    def _begin(self, request: PassedRequest) -> None:
        # The raw path, because a name may hold an encoded slash or colon.
        path = request.path.partition(b"?")[0].decode("latin-1")
        task = self._app.find(request.method, path, request.headers)
        if isinstance(task, Response):
            self._reply(request, task)
        elif task.work is Work.INSTANT:
            self._answer(request, task)
        else:
            self._threads.submit(task.work, lambda: self._answer(request, task))

    def _answer(self, request: PassedRequest, task: Task) -> None:
        self._reply(request, task.run(request.body))

    def _reply(self, request: PassedRequest, response: Response) -> None:
        fields = (
            (b"content-type", response.content_type),
            *response.headers,
            *self._app.cors_headers(request.headers),
        )
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in fields
            if name != b"connection"
        ]
        request.reply(response.status.value, headers, response.body)
