"""The names that handlers import, in an interpreter that has nothing else."""

import subprocess
import sys

import pytest

from ovserve.services.environment import WORKER_SIDE

IMPORTS = """
from ts.context import Context, RequestProcessor
from ts.service import Service, PredictionException, emit_metrics
from ts.utils.util import (PredictionException as P2, load_label_mapping, map_class_to_label,
                           list_classes_from_module, get_yaml_config)
from ts.metrics.dimension import Dimension
from ts.metrics.metric_type_enum import MetricTypes
from ts.metrics.metrics_store import MetricsStore
from ts.metrics.metric import Metric
from ts.metrics.unit import Units
from ts.handler_utils.utils import send_intermediate_predict_response, import_class
from ts.handler_utils.timer import timed
from ts.handler_utils.micro_batching import MicroBatching
from ts.protocol.otf_message_handler import send_intermediate_predict_response as s2
from ts.torch_handler.base_handler import BaseHandler
from ts.torch_handler.vision_handler import VisionHandler
from ts.torch_handler.image_classifier import ImageClassifier
from ts.torch_handler.object_detector import ObjectDetector
from ts.torch_handler.request_envelope.base import BaseEnvelope
from ts.torch_handler.request_envelope.body import BodyEnvelope
from ts.torch_handler.request_envelope.json import JSONEnvelope
from ts.torch_handler.request_envelope.kserve import KServeEnvelope
from ts.torch_handler.request_envelope.kservev2 import KServev2Envelope
import mms.context, mms.service
from mms.service import PredictionException as P3, Service as S3
from mms.metrics.dimension import Dimension as D2
from mms.metrics.unit import Units as U2
from mms.metrics.metric import Metric as M2
from mms.metrics.metrics_store import MetricsStore as MS2
assert PredictionException is P2 is P3
assert s2 is send_intermediate_predict_response
assert issubclass(ImageClassifier, VisionHandler) and issubclass(VisionHandler, BaseHandler)
assert import_class("Dimension", "ts.metrics.dimension") is Dimension
assert import_class("ts.metrics.dimension.Dimension") is Dimension
assert str(Dimension("a", 1)) == "a:1"
assert str(PredictionException("m", 4)) == "message : m, error_code : 4"
context = Context("m", "/d", {}, 1, None, "v", metrics=MetricsStore({0: "id"}, "m"))
context.metrics.add_time("t", 2, 0)
(metric,) = context.metrics.store
assert str(metric).startswith("t.Milliseconds:2.0|#ModelName:m,Level:Model")
emit_metrics(context.metrics.store)
service = Service("m", "/d", {}, lambda data, context: [data, context.get_request_header(0, "X")], None, 1)
batch = [{"requestId": b"r", "headers": [{"name": b"x", "value": b"1"}],
          "parameters": [{"name": "body", "contentType": "", "value": b"v"}]}]
assert service.predict(batch) == [[{"body": b"v"}], "1"]
"""
NOT_OFFERED = [
    "ts.torch_handler.image_segmenter",
    "ts.torch_handler.text_classifier",
    "ts.torch_handler.dali_image_classifier",
    "ts.torch_handler.vllm_handler",
    "ts.torch_handler.distributed.base_pippy_handler",
]


def run_isolated(code: str) -> "subprocess.CompletedProcess[str]":
    """Run code with the standard library and the workers' side alone."""
    code = f"import sys; sys.path.insert(0, {str(WORKER_SIDE)!r})\n{code}"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_every_name_can_be_imported_without_any_package() -> None:
    result = run_isolated(IMPORTS)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("module", NOT_OFFERED)
def test_what_is_not_offered_says_so(module: str) -> None:
    result = run_isolated(f"import {module}")
    assert "is not offered" in result.stderr


def test_a_missing_package_is_named() -> None:
    result = run_isolated("from ts.utils.util import get_yaml_config; get_yaml_config('x.yaml')")
    assert "x.yaml needs the package 'yaml', which the workers' Python lacks" in result.stderr
