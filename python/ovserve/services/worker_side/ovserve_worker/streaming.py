"""Pieces of an answer that are sent before the handler returns the last one."""

from __future__ import annotations

from typing import Any

from ovserve_worker.context import Context, send_piece


def send_intermediate_predict_response(
    ret: Any, req_id_map: Any, message: str = "", code: int = 200, context: Context | None = None
) -> None:
    """Send one piece of each answer of the batch; what ``handle`` returns is the last piece.

    Status and headers are those that are set when the first piece is sent.

    Args:
        ret: a list with one element per request, as a handler returns it.
        req_id_map: ``context.request_ids``.
        message: not used.
        code: not used.
        context: the context that the handler was given.

    Raises:
        RequestCancelledError: nobody waits for these answers any more.
        RuntimeError: there is no server to send to.
    """
    send_piece(context, ret)
