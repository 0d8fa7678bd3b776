"""A handler called without a server, as unit tests of handlers do it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Callable

from ovserve_worker.context import Context, RequestHeaders, begin_batch
from ovserve_worker.metrics import MetricsStore

log = logging.getLogger(__name__)


class Service:
    """An entry point with the context that it is called with.

    Args:
        model_name: the name of the model.
        model_dir: where its files are.
        manifest: the archive's manifest.
        entry_point: ``(data, context)`` to a list.
        gpu: the device's number, ``None`` on CPU.
        batch_size: the largest batch.
        limit_max_image_pixels: whether image handlers keep their limit.
        metrics_cache: where metrics go, ``None`` for a store of its own.
    """

    def __init__(
        self,
        model_name: str,
        model_dir: str,
        manifest: Mapping[str, Any] | None,
        entry_point: Callable[[Any, Any], Any],
        gpu: int | None,
        batch_size: int,
        limit_max_image_pixels: bool = True,
        metrics_cache: Any = None,
    ) -> None:
        metrics = metrics_cache if metrics_cache is not None else MetricsStore(None, model_name)
        self._context = Context(
            model_name, model_dir, manifest, batch_size, gpu, "", limit_max_image_pixels, metrics
        )
        self._context.system_properties.update(device="CPU" if gpu is None else f"GPU.{gpu}", threads=1)
        self._entry_point = entry_point

    @property
    def context(self) -> Context:
        """The context that the entry point gets."""
        return self._context

    @staticmethod
    def retrieve_data_for_inference(
        batch: Iterable[Mapping[str, Any]] | None,
    ) -> tuple[list[RequestHeaders], list[dict[str, Any]], dict[int, str]]:
        """Return headers, rows and ids of requests given as TorchServe's protocol has them.

        Args:
            batch: ``{"requestId": bytes, "headers": [{"name": bytes, "value": bytes}], "parameters":
                [{"name": ..., "contentType": ..., "value": ...}]}`` per request.
        """
        if batch is None:
            raise ValueError("Received invalid inputs")
        headers, rows, ids = [], [], {}
        for index, request in enumerate(batch):
            ids[index] = request["requestId"].decode("utf-8")
            properties = RequestHeaders()
            row = {}
            for part in request["parameters"]:
                row[part["name"]] = part["value"]
                properties[part["name"]] = {"content-type": part["contentType"]}
            for header in request.get("headers") or ():
                properties[header["name"].decode("utf-8")] = header["value"].decode("utf-8")
            headers.append(properties)
            rows.append(row)
        return headers, rows, ids

    def predict(self, batch: Iterable[Mapping[str, Any]]) -> Any:
        """Return what the entry point returns for such requests."""
        headers, rows, ids = self.retrieve_data_for_inference(batch)
        begin_batch(self._context, zip(ids.values(), headers))
        return self._entry_point(rows, self._context)


def emit_metrics(metrics: Iterable[Any] | None) -> None:
    """Log metrics; those in ``context.metrics`` reach the server without it."""
    for metric in metrics or ():
        log.info("[METRICS]%s", metric)
