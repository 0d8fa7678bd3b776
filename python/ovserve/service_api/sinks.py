"""From a service's replies to answers over HTTP."""

from collections.abc import Callable

from ovserve.rest_api.routes import Answer, Response
from ovserve.service_api.answers import of_failure, of_reply
from ovserve.services.exchange import Reply, ServiceFailure


class AnswerSink:
    """Hands a service's reply over to who answers the request; see :class:`ReplySink`.

    Args:
        answer: who takes it.
        failure: makes the answer of a failure.
    """

    __slots__ = ("_answer", "_begun", "_failure")

    def __init__(self, answer: Answer, failure: Callable[[ServiceFailure], Response] = of_failure) -> None:
        self._answer = answer
        self._failure = failure
        self._begun = False

    def answered(self, reply: Reply, last: bool) -> None:
        """Pass on the answer, or a piece of it."""
        if self._begun:
            self._answer.piece(bytes(reply.body), last)
            return
        self._begun = True
        self._answer.reply(of_reply(reply), more=not last)

    def failed(self, failure: ServiceFailure) -> None:
        """Pass on the failure; in the middle of an answer there is nothing to be said any more."""
        if self._begun:
            self._answer.broken()
        else:
            self._answer.reply(self._failure(failure))
