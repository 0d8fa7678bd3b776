"""The context object: what a handler knows of its model and of the requests, and how it shapes answers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Callable

from ovserve_worker.exceptions import InferError

if TYPE_CHECKING:
    from ovserve_worker.channel import Channel

_SEQUENCE_HEADERS = {
    "header_key_sequence_id": ("TS_REQUEST_SEQUENCE_ID", "ts_request_sequence_id"),
    "header_key_sequence_start": ("TS_REQUEST_SEQUENCE_START", "ts_request_sequence_start"),
    "header_key_sequence_end": ("TS_REQUEST_SEQUENCE_END", "ts_request_sequence_end"),
}


class RequestHeaders(dict):  # type: ignore[type-arg]
    """Request headers by the names that the client sent, found in any case.

    Holds also one entry per body part: its name to ``{"content-type": ...}``.
    """

    def __missing__(self, key: Any) -> Any:
        wanted = key.lower() if isinstance(key, str) else key
        for name, value in self.items():
            if name.lower() == wanted:
                return value
        raise KeyError(key)

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the header's value, or ``default``."""
        try:
            return self[key]
        except KeyError:
            return default

    def __contains__(self, key: object) -> bool:
        try:
            self[key]
        except KeyError:
            return False
        return True


class RequestProcessor:
    """One request's headers, and the status and headers of its answer."""

    def __init__(self, request_header: Mapping[str, Any]) -> None:
        self._request_header = request_header
        self._status_code = 200
        self._reason_phrase: str | None = None
        self._response_header: dict[str, str] = {}

    def get_request_property(self, key: str) -> Any:
        """Return a request header, found in any case, or ``None``."""
        return self._request_header.get(key)

    def get_request_properties(self) -> Mapping[str, Any]:
        """Return all request headers."""
        return self._request_header

    def report_status(self, code: int, reason_phrase: str | None = None) -> None:
        """Set the status of the answer.

        Raises:
            ValueError: it is no status that can be sent (200 to 999).
        """
        if isinstance(code, bool) or not 200 <= int(code) <= 999:
            raise ValueError(f"{code!r} is no status of an answer: it must lie between 200 and 999")
        self._status_code = int(code)
        self._reason_phrase = reason_phrase

    def get_response_status_code(self) -> int:
        """Return the status of the answer."""
        return self._status_code

    def get_response_status_phrase(self) -> str | None:
        """Return the reason phrase, ``None`` for the status's own."""
        return self._reason_phrase

    def add_response_property(self, key: str, value: str) -> None:
        """Set a header of the answer.

        Raises:
            ValueError: name or value hold a line break.
        """
        if any(character in f"{key}{value}" for character in "\r\n\0"):
            raise ValueError(f"response header {key!r} holds a line break")
        self._response_header[key] = value

    def get_response_headers(self) -> dict[str, str]:
        """Return the headers of the answer."""
        return self._response_header

    def get_response_header(self, key: str) -> str | None:
        """Return one header of the answer."""
        return self._response_header.get(key)


class Context:
    """What handlers get beside their data; one object per worker, filled anew for each batch.

    Args:
        model_name: the name under which the model is registered.
        model_dir: the folder with the unpacked archive.
        manifest: the archive's manifest.
        batch_size: the largest batch.
        gpu: the device's number, ``None`` on CPU.
        mms_version: the server's version.
        limit_max_image_pixels: whether image handlers keep their limit of pixels.
        metrics: where custom metrics go.
        model_yaml_config: the archive's model YAML.
    """

    def __init__(
        self,
        model_name: str,
        model_dir: str,
        manifest: Mapping[str, Any] | None,
        batch_size: int,
        gpu: int | None,
        mms_version: str,
        limit_max_image_pixels: bool = True,
        metrics: Any = None,
        model_yaml_config: Mapping[str, Any] | None = None,
    ) -> None:
        self.model_name = model_name
        self.manifest = manifest
        self._system_properties: dict[str, Any] = {
            "model_dir": model_dir,
            "gpu_id": gpu,
            "batch_size": batch_size,
            "server_name": "ovserve",
            "server_version": mms_version,
            "limit_max_image_pixels": limit_max_image_pixels,
        }
        self.request_ids: dict[int, str] | None = None
        self.model_yaml_config = model_yaml_config if model_yaml_config is not None else {}
        self.stopping_criteria: list[Callable[..., Any]] | None = None
        self.cl_socket: Any = None
        for attribute, (variable, default) in _SEQUENCE_HEADERS.items():
            setattr(self, attribute, os.environ.get(variable, default))
        self._request_processor: list[RequestProcessor] | None = [RequestProcessor(RequestHeaders())]
        self._metrics = metrics
        self._channel: Channel | None = None
        self._send_piece: Callable[[Any], None] | None = None

    header_key_sequence_id: str
    header_key_sequence_start: str
    header_key_sequence_end: str

    @property
    def system_properties(self) -> dict[str, Any]:
        """``model_dir``, ``gpu_id``, ``device``, ``batch_size``, ``threads`` and the server's name."""
        return self._system_properties

    @property
    def request_processor(self) -> list[RequestProcessor] | None:
        """One per request of the batch, ``None`` while the model loads."""
        return self._request_processor

    @request_processor.setter
    def request_processor(self, request_processor: list[RequestProcessor] | None) -> None:
        self._request_processor = request_processor

    @property
    def metrics(self) -> Any:
        """Where custom metrics go: :class:`ovserve_worker.metrics.MetricsStore`."""
        return self._metrics

    @metrics.setter
    def metrics(self, metrics: Any) -> None:
        self._metrics = metrics

    def get_request_id(self, idx: int = 0) -> str | None:
        """Return the id of one request of the batch, ``None`` while the model loads."""
        return self.request_ids.get(idx) if self.request_ids is not None else None

    def get_request_header(self, idx: int, key: str) -> Any:
        """Return a header of one request, whatever its case, or ``None``."""
        return self._item(idx).get_request_property(key)

    def get_all_request_header(self, idx: int) -> Mapping[str, Any]:
        """Return all headers of one request, and an entry per body part."""
        return self._item(idx).get_request_properties()

    def set_response_content_type(self, idx: int, value: str) -> None:
        """Set the content type of one answer."""
        self.set_response_header(idx, "content-type", value)

    def get_response_content_type(self, idx: int) -> str | None:
        """Return the content type that was set for one answer."""
        return self.get_response_headers(idx).get("content-type")

    def get_response_status(self, idx: int) -> tuple[int, str | None]:
        """Return status and reason phrase of one answer."""
        item = self._item(idx)
        return item.get_response_status_code(), item.get_response_status_phrase()

    def set_response_status(self, code: int = 200, phrase: str = "", idx: int = 0) -> None:
        """Set the status of one answer; without ``idx`` that of the first."""
        if self._request_processor is not None and self._request_processor[idx] is not None:
            self._request_processor[idx].report_status(code, reason_phrase=phrase)

    def set_all_response_status(self, code: int = 200, phrase: str = "") -> None:
        """Set the status of all answers of the batch."""
        for item in self._request_processor or ():
            item.report_status(code, reason_phrase=phrase)

    def get_response_headers(self, idx: int) -> dict[str, str]:
        """Return the headers of one answer."""
        return self._item(idx).get_response_headers()

    def set_response_header(self, idx: int, key: str, value: str) -> None:
        """Set a header of one answer."""
        if self._request_processor is not None:
            self._request_processor[idx].add_response_property(key, value)

    def get_sequence_id(self, idx: int) -> str:
        """Return the sequence that one request belongs to, "" for none."""
        return self._item(idx).get_request_property(self.header_key_sequence_id) or ""

    def infer(self, name: str, inputs: Mapping[str, Any], version: int | None = None) -> dict[str, Any]:
        """Run a model that the server itself serves.

        Args:
            name: its name in the server's configuration.
            inputs: input name to numpy array, or to what numpy makes one of.
            version: ``None`` for the newest that is served.

        Returns:
            Output name to numpy array; large ones lie in memory shared with the server.

        Raises:
            InferError: the model did not answer; ``code`` says why.
            RequestCancelledError: nobody waits for this batch any more.
        """
        if self._channel is None:
            raise InferError("context.infer works in a worker only")
        return self._channel.infer(name, inputs, version)

    def cancelled(self, idx: int | None = None) -> bool:
        """Whether nobody waits for one request of the batch any more; ``None``: for any of them."""
        return self._channel is not None and self._channel.cancelled(idx)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Context) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    def _item(self, idx: int) -> RequestProcessor:
        if self._request_processor is None:
            raise RuntimeError("requests have no headers while the model loads")
        return self._request_processor[idx]


def begin_batch(context: Context, requests: Iterable[tuple[str, RequestHeaders]]) -> None:
    """Fill the context for a batch: ids and headers of its requests."""
    ids: dict[int, str] = {}
    processors = []
    for index, (request_id, headers) in enumerate(requests):
        ids[index] = request_id
        processors.append(RequestProcessor(headers))
    context.request_ids = ids
    context.request_processor = processors
    if context.metrics is not None:
        context.metrics.request_ids = ids


def connect(context: Context, channel: Channel, send_piece: Callable[[Any], None]) -> None:
    """Let the context reach the server: its models, and clients who take answers in pieces."""
    context._channel = channel
    context._send_piece = send_piece


def send_piece(context: Context | None, output: Any) -> None:
    """Send a piece of each answer of the batch.

    Raises:
        RuntimeError: the context is not that of a worker.
    """
    if context is None or context._send_piece is None:
        raise RuntimeError("pieces of an answer can be sent in a worker only, with the context it was given")
    context._send_piece(output)
