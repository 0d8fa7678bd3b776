"""Requests that a service does not take, in the words that clients of TorchServe know where there are any."""

from ovserve.services.exchange import ServiceFailure


def queue_is_full(name: str, size: int) -> ServiceFailure:
    """As many requests wait as may."""
    return _unavailable(
        f'The queue of model "{name}" is full: {size} requests wait for a worker. '
        "Try again later, add workers or raise the queue size."
    )


def has_no_workers(name: str) -> ServiceFailure:
    """None are wanted."""
    return _no_worker(name, "Please use scale workers API to add workers.")


def workers_failed(name: str) -> ServiceFailure:
    """The last load failed, and no worker is ready."""
    return _no_worker(name, "Its workers failed to start, the description of the model says why.")


def is_stopping(name: str) -> ServiceFailure:
    """It takes no new requests."""
    return _no_worker(name, "It is being unregistered.")


def _no_worker(name: str, why: str) -> ServiceFailure:
    return _unavailable(f'Model "{name}" has no worker to serve inference request. {why}')


def _unavailable(text: str) -> ServiceFailure:
    return ServiceFailure(503, text, "ServiceUnavailableException")
