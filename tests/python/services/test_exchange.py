"""Answers that come in pieces."""

from collections.abc import Callable

import pytest

from harness.services import PATIENCE_S, Services
from ovserve.services import Part, Request, ServiceFailure

Eventually = Callable[[Callable[[], bool]], None]


def test_pieces_of_an_answer_come_as_they_are_sent(services: Services) -> None:
    service = services.start(
        """
        from ts.handler_utils.utils import send_intermediate_predict_response

        def handle(data, context):
            if data is None:
                return None
            context.set_response_content_type(0, "text/event-stream")
            for i in range(3):
                send_intermediate_predict_response([f"piece {i} "], context.request_ids, "ok", 200, context)
            return ["last"]
        """
    )
    assert services.pieces(service) == [b"piece 0 ", b"piece 1 ", b"piece 2 ", b"last"]
    assert services.ask(service).content_type == "text/event-stream"


def test_a_failure_in_the_middle_of_pieces_ends_them(services: Services) -> None:
    service = services.start(
        """
        from ts.protocol.otf_message_handler import send_intermediate_predict_response

        def handle(data, context):
            if data is None:
                return None
            send_intermediate_predict_response(["one"], context.request_ids, "ok", 200, context)
            raise RuntimeError("no more")
        """
    )
    with pytest.raises(ServiceFailure, match="Prediction failed"):
        services.pieces(service)


def test_pieces_after_the_last_one_are_refused_in_the_handler(services: Services) -> None:
    service = services.start(
        """
        import threading, time
        from ts.handler_utils.utils import send_intermediate_predict_response

        def late(context):
            while True:
                try:
                    send_intermediate_predict_response(["piece"], context.request_ids, "", 200, context)
                except RuntimeError as error:
                    print(error)
                    return

        def handle(data, context):
            if data is None:
                return None
            threading.Thread(target=late, args=(context,)).start()
            time.sleep(0.05)
            return ["last"]
        """
    )
    pids = services.pids(service)
    pieces = services.pieces(service)
    assert pieces[-1] == b"last"
    assert set(pieces[:-1]) == {b"piece"}
    services.scale(service, 0)
    assert "no pieces can be sent now: the handler has returned, or is tried again" in services.output()
    assert services.describe(service).worker_restarts == 0
    assert len(pids) == 1


def test_a_client_that_takes_no_pieces_holds_the_worker_back_and_leaving_ends_it(
    services: Services, eventually: Eventually
) -> None:
    service = services.start(
        """
        from ts.handler_utils.utils import send_intermediate_predict_response

        def handle(data, context):
            if data is None:
                return None
            if not data[0]["body"]:
                return ["next"]
            sent = 0
            try:
                while True:
                    piece = [b"x" * 200_000]
                    send_intermediate_predict_response(piece, context.request_ids, "", 200, context)
                    sent += 1
            finally:
                print("sent", sent)
        """
    )

    async def first_piece_only() -> int:
        reply = await service.predict(Request((Part("body", "", b"go"),)))
        assert reply.pieces is not None
        async for piece in reply.pieces:
            return len(piece)
        return 0

    assert services.run(first_piece_only()) == 200_000
    assert bytes(services.ask(service).body) == b"next"
    sent = [int(line.split()[1]) for line in services.output() if line.startswith("sent")]
    assert len(sent) == 1


def test_requests_that_are_tried_singly_send_no_pieces(services: Services) -> None:
    service = services.start(
        """
        from ts.handler_utils.utils import send_intermediate_predict_response

        def handle(data, context):
            if data is None:
                return None
            if len(data) > 1:
                raise ValueError("one by one, please")
            if data[0]["body"] == b"pieces":
                send_intermediate_predict_response(["piece"], context.request_ids, "", 200, context)
            return ["whole"]
        """,
        retry_singly=True,
        batch_size=2,
        max_batch_delay_s=PATIENCE_S,
    )
    pids = services.pids(service)
    pieces, whole = services.begin(service, b"pieces"), services.begin(service)
    assert bytes(whole.result(PATIENCE_S).body) == b"whole"
    with pytest.raises(ServiceFailure, match="Prediction failed"):
        pieces.result(PATIENCE_S)
    assert services.pids(service) == pids
