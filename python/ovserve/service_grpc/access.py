"""Who may call: keys in the metadata, as ``authorization``."""

from collections.abc import Callable, Collection
from typing import Any

import grpc

from ovserve.management.tokens import ForbiddenError, Purpose, Tokens, UnauthenticatedError


class AsksForKeys(grpc.ServerInterceptor):  # type: ignore[misc]
    """Lets calls with a key pass.

    Args:
        tokens: the keys.
        purpose: what the key must be for.
        open_to_all: paths of methods that need none.
    """

    def __init__(self, tokens: Tokens, purpose: Purpose, open_to_all: Collection[str] = ()) -> None:
        self._tokens = tokens
        self._purpose = purpose
        self._open_to_all = frozenset(open_to_all)

    def intercept_service(
        self, continuation: Callable[[Any], grpc.RpcMethodHandler], details: Any
    ) -> grpc.RpcMethodHandler:
        """Return what answers the call: its method, or a refusal."""
        if details.method in self._open_to_all:
            return continuation(details)
        given = next((value for name, value in details.invocation_metadata if name == "authorization"), None)
        try:
            self._tokens.check(self._purpose, given)
        except UnauthenticatedError as error:
            return _refusal(grpc.StatusCode.UNAUTHENTICATED, str(error))
        except ForbiddenError as error:
            return _refusal(grpc.StatusCode.PERMISSION_DENIED, str(error))
        return continuation(details)


def _refusal(code: grpc.StatusCode, text: str) -> grpc.RpcMethodHandler:
    def refuse(requests: Any, context: grpc.ServicerContext) -> None:
        context.abort(code, text)

    return grpc.stream_stream_rpc_method_handler(refuse)
