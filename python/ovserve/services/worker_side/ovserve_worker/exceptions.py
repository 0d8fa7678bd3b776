"""What handlers raise on purpose, and what is raised in them."""

from __future__ import annotations


class PredictionException(Exception):
    """Answers all requests of the batch with a status and a text of the handler's choice.

    Args:
        message: the text clients get.
        error_code: the HTTP status.
    """

    def __init__(self, message: str, error_code: int = 500) -> None:
        self.message = message
        self.error_code = error_code
        super().__init__(message)

    def __str__(self) -> str:
        return f"message : {self.message}, error_code : {self.error_code}"


class RequestCancelledError(Exception):
    """Nobody waits for the answer any more: raised where a handler sends a piece or calls a model."""


class InferError(Exception):
    """A model of the server that ``context.infer`` called did not answer.

    Attributes:
        code: the HTTP status that a client would have got, such as 404 for an unknown model.
    """

    def __init__(self, message: str, code: int = 500) -> None:
        self.code = code
        super().__init__(message)


class HandlerNotFoundError(Exception):
    """The entry point that the manifest or the registration names is not there: trying again is no use."""


class NotOfferedError(ImportError):
    """The archive wants what this server does not offer."""
