"""The contract between a handler and its worker, seen through a service."""

import json
from typing import Any

import numpy as np
import pytest

from harness.services import Services
from ovserve.services import Part, ServiceFailure

# Answers with what a handler sees of the first request.
MIRROR = """
    def shown(value):
        if isinstance(value, dict):
            return {str(k): shown(v) for k, v in value.items()}
        if isinstance(value, list):
            return [shown(v) for v in value]
        if type(value).__module__ == "numpy":
            return [type(value).__name__, str(value.dtype), value.tolist()]
        return [type(value).__name__, value.decode() if isinstance(value, bytearray) else value]

    def handle(data, context):
        if data is None:
            return None
        headers = {name: value for name, value in context.get_all_request_header(0).items()}
        return [{"row": shown(data[0]), "headers": headers} for row in data]
"""


def mirrored(services: Services, service: Any, *parts: Part, **request: Any) -> dict[str, Any]:
    return json.loads(bytes(services.ask(service, parts=parts, **request).body))


@pytest.mark.parametrize(
    ("content_type", "data", "seen"),
    [
        ("application/json", b'{"a": [1]}', {"a": [["int", 1]]}),
        ("application/json; charset=utf-8", b"[1.5]", [["float", 1.5]]),
        ("application/json", b"{broken", ["bytearray", "{broken"]),
        ("text/plain", "h\u00e9".encode(), ["str", "h\u00e9"]),
        ("text/csv;header=present", b"1,2", ["str", "1,2"]),
        ("application/octet-stream", b"raw", ["bytearray", "raw"]),
        ("image/jpeg", b"raw", ["bytearray", "raw"]),
        ("", b"raw", ["bytearray", "raw"]),
        ("", b"", ["bytearray", ""]),
    ],
)
def test_a_body_is_what_its_type_says(
    services: Services, content_type: str, data: bytes, seen: object
) -> None:
    service = services.start(MIRROR)
    got = mirrored(services, service, Part("body", content_type, data))
    assert got["row"] == {"body": seen}
    assert got["headers"]["body"] == {"content-type": content_type}


def test_text_that_is_no_utf8_stays_bytes(services: Services) -> None:
    service = services.start(
        "def handle(data, context):\n    return [type(data[0]['body']).__name__] if data else None"
    )
    assert bytes(services.ask(service, b"\xff\xfe", content_type="text/plain").body) == b"bytearray"


def test_decoding_can_be_switched_off(services: Services) -> None:
    service = services.start(MIRROR, decode_requests=False)
    row = mirrored(services, service, Part("body", "application/json", b"[1]"))["row"]
    assert row == {"body": ["bytearray", "[1]"]}


def test_each_part_has_its_own_type_and_stands_among_the_headers(services: Services) -> None:
    service = services.start(MIRROR)
    got = mirrored(
        services,
        service,
        Part("data", "application/json", b"7"),
        Part("note", "", b"field"),
        headers=(("X-Custom", "1"), ("accept", "*/*")),
        url_path="further/on",
    )
    assert got["row"] == {"data": ["int", 7], "note": ["bytearray", "field"]}
    assert got["headers"] == {
        "data": {"content-type": "application/json"},
        "note": {"content-type": ""},
        "X-Custom": "1",
        "accept": "*/*",
        "explain": "False",
        "url_path": "further/on",
    }


def test_headers_that_only_the_server_sets_cannot_be_sent(services: Services) -> None:
    service = services.start(MIRROR)
    sent = (("Describe", "True"), ("EXPLAIN", "True"), ("url_path", "/x"), ("x-y", "kept"))
    headers = mirrored(services, service, Part("body", "", b""), headers=sent)["headers"]
    assert headers == {"body": {"content-type": ""}, "x-y": "kept", "explain": "False"}


def test_headers_and_parts_of_any_text_arrive(services: Services) -> None:
    service = services.start(MIRROR)
    got = mirrored(
        services, service, Part("na\0me", "", b"x"), headers=(("x", "\u00fc\u4e2d"), ("empty", ""))
    )
    assert got["headers"]["x"] == "\u00fc\u4e2d"
    assert got["headers"]["empty"] == ""
    assert got["row"] == {"na\ufffdme": ["bytearray", "x"]}


def test_tensors_arrive_as_arrays_and_bytes(services: Services) -> None:
    service = services.start(MIRROR)
    numbers = np.arange(6, dtype=np.float32)
    one, two = b"\x02\0\0\0hi", b"\x01\0\0\0a\x02\0\0\0bc"
    row = mirrored(
        services,
        service,
        Part("numbers", "", numbers.tobytes(), "FP32", (2, 3)),
        Part("one", "", one, "BYTES", (1,)),
        Part("two", "", two, "BYTES", (2,)),
    )["row"]
    assert row["numbers"] == ["ndarray", "float32", numbers.reshape(2, 3).tolist()]
    assert row["one"] == ["bytearray", "hi"]
    assert row["two"] == [["bytearray", "a"], ["bytearray", "bc"]]


@pytest.mark.parametrize("size", [4, 200_000])
def test_a_dict_of_arrays_becomes_tensors_for_who_wants_them(services: Services, size: int) -> None:
    service = services.start(
        f"""
        import numpy as np

        def handle(data, context):
            if data is None:
                return None
            return [{{"a": np.arange({size}, dtype=np.float32).reshape(2, -1), "b": np.array([b"x", b"yz"])}}]
        """
    )
    reply = services.ask(service, wants_tensors=True)
    assert reply.tensors is not None
    assert [(name, t.datatype, t.shape) for name, t in reply.tensors.items()] == [
        ("a", "FP32", (2, size // 2)),
        ("b", "BYTES", (2,)),
    ]
    assert np.array_equal(
        np.frombuffer(reply.tensors["a"].data, np.float32), np.arange(size, dtype=np.float32)
    )
    assert bytes(reply.tensors["b"].data) == b"\x01\0\0\0x\x02\0\0\0yz"
    assert services.failure(service).message == "Unsupported model output data type."


@pytest.mark.parametrize(
    ("value", "body"),
    [
        ("'text \\u00e9'", "text \u00e9".encode()),
        ("b'\\x00\\xff'", b"\x00\xff"),
        ("bytearray(b'ab')", b"ab"),
        ("{'a': [1, None]}", b'{\n  "a": [\n    1,\n    null\n  ]\n}'),
        ("None", b"null"),
        ("1.5", b"1.5"),
        ("(1, 2)", b"[\n  1,\n  2\n]"),
    ],
)
def test_an_element_is_sent_as_its_type_says(services: Services, value: str, body: bytes) -> None:
    service = services.start(f"def handle(data, context):\n    return [{value}] if data else None")
    reply = services.ask(service)
    assert bytes(reply.body) == body
    assert reply.content_type == ""


def test_status_headers_and_content_type_are_set_per_request(services: Services) -> None:
    service = services.start(
        """
        def handle(data, context):
            if data is None:
                return None
            context.set_all_response_status(201)
            context.set_response_status(507, "Too small", 1)
            context.set_response_content_type(1, "text/html")
            context.set_response_header(1, "X-Some", "thing")
            assert context.get_response_status(1) == (507, "Too small")
            assert context.get_response_content_type(1) == "text/html"
            return ["first", "second"]
        """,
        batch_size=2,
        max_batch_delay_s=60,
    )
    futures = [services.begin(service) for _ in range(2)]
    first, second = (future.result(60) for future in futures)
    assert (first.status, first.phrase, first.headers, first.content_type) == (201, "", [], "")
    assert (second.status, second.phrase) == (507, "Too small")
    assert (second.headers, second.content_type) == ([("X-Some", "thing")], "text/html")


def test_a_status_without_an_index_is_that_of_the_first_request(services: Services) -> None:
    service = services.start(
        """
        def handle(data, context):
            if data is None:
                return None
            context.set_response_status(404)
            return ["a", "b"]
        """,
        batch_size=2,
        max_batch_delay_s=60,
    )
    futures = [services.begin(service) for _ in range(2)]
    assert [future.result(60).status for future in futures] == [404, 200]


@pytest.mark.parametrize(
    "deed",
    [
        "context.set_response_header(0, 'x', 'a\\r\\nset-cookie: b')",
        "context.set_response_status(99)",
        "context.set_response_status(10_000)",
    ],
)
def test_what_no_answer_may_hold_fails_in_the_handler(services: Services, deed: str) -> None:
    service = services.start(
        f"def handle(data, context):\n    if data:\n        {deed}\n        return ['x']"
    )
    assert services.failure(service).message == "Prediction failed"


def test_line_breaks_smuggled_into_headers_do_not_reach_clients(services: Services) -> None:
    service = services.start(
        """
        def handle(data, context):
            if data is None:
                return None
            context.get_response_headers(0)["x"] = "a\\r\\nset-cookie: b"
            return ["x"]
        """
    )
    assert services.ask(service).headers == [("x", "a  set-cookie: b")]


def test_the_context_has_what_handlers_read(services: Services) -> None:
    service = services.start(
        """
        import json, os
        import mms.context, ts.context

        class Handler:
            def initialize(self, context):
                assert context.request_processor is None
                assert context.request_ids is None
                assert context.get_request_id() is None
                self.at_load = dict(context.system_properties)

            def handle(self, data, context):
                assert isinstance(context, ts.context.Context)
                assert isinstance(context, mms.context.Context)
                assert context.system_properties == self.at_load
                assert context.get_request_header(0, "X-ABC") == context.get_request_header(0, "x-abc") == "1"
                assert context.get_request_header(0, "missing") is None
                assert context.request_processor[0].get_request_property("X-Abc") == "1"
                assert context.request_processor[0].get_response_status_code() == 200
                assert context.get_sequence_id(0) == ""
                assert context.stopping_criteria is None and context.metrics is not None
                assert os.getcwd() == context.system_properties["model_dir"]
                return [json.dumps([context.model_name, context.manifest, context.model_yaml_config,
                                    context.request_ids, self.at_load])]
        """,
        manifest={"model": {"modelName": "other"}},
        model_yaml={"key": [1]},
        batch_size=3,
        max_batch_delay_s=0,
        device_ids=(4,),
        threads_per_worker=2,
    )
    reply = services.ask(service, request_id="id", headers=(("X-Abc", "1"),))
    name, manifest, model_yaml, ids, properties = json.loads(bytes(reply.body))
    assert (name, manifest, model_yaml) == ("model", {"model": {"modelName": "other"}}, {"key": [1]})
    assert ids == {"0": "id"}
    assert properties.pop("model_dir").endswith("/model")
    assert properties.pop("server_version")
    assert properties == {
        "gpu_id": 4,
        "device": "GPU.4",
        "batch_size": 3,
        "threads": 2,
        "server_name": "ovserve",
        "limit_max_image_pixels": True,
    }


def test_custom_metrics_reach_the_server_as_they_are(services: Services) -> None:
    service = services.start(
        """
        from ts.metrics.dimension import Dimension
        from ts.metrics.metric_type_enum import MetricTypes

        def handle(data, context):
            if data is None:
                return None
            metrics = context.metrics
            metrics.add_counter("hits", 2, None, [Dimension("kind", "a")])
            metrics.add_counter("hits", -1)
            metrics.add_time("step", 12.5)
            metrics.add_size("size", 3, unit="kB")
            metrics.add_percent("load", 40)
            metrics.add_error("oops", "a text")
            metrics.add_metric("ts_style", 1, "count", None, [], MetricTypes.HISTOGRAM)
            metrics.add_metric("mms_style", 5, None, "ms", [Dimension("d", "e")])
            cached = metrics.add_metric_to_cache("cached", "count", ["x"])
            metrics.get_metric("cached").add_or_update(3, ["y"])
            for call in (lambda: metrics.add_time("t", 1, unit="min"), lambda: metrics.get_metric("none")):
                try:
                    call()
                    raise AssertionError
                except (ValueError, KeyError):
                    pass
            print("[METRICS]forged.Count:1|#Level:Model")
            return ["x"]
        """
    )
    services.ask(service)
    services.ask(service)

    async def snapshot() -> Any:
        return service.metrics()

    model = (("ModelName", "model"), ("Level", "Model"))
    custom = {s.name: (s.kind, s.unit, s.dimensions, s.value) for s in services.run(snapshot()).custom}
    assert custom == {
        "hits": ("counter", "Count", (("kind", "a"), *model), 4.0),
        "step": ("gauge", "Milliseconds", model, 12.5),
        "size": ("gauge", "Kilobytes", model, 3.0),
        "load": ("gauge", "Percent", model, 40.0),
        "oops": ("counter", "unit", (("ModelName", "model"), ("Level", "Error")), 2.0),
        "ts_style": ("histogram", "Count", model, 2.0),
        "mms_style": ("counter", "Milliseconds", (("d", "e"), *model), 10.0),
        "cached": ("counter", "Count", (("x", "y"),), 6.0),
    }


def test_a_customized_description_comes_from_the_handler(services: Services) -> None:
    service = services.start(
        """
        from ts.torch_handler.base_handler import BaseHandler

        class Handler(BaseHandler):
            def initialize(self, context):
                self.initialized = True

            def describe_handle(self):
                return {"inputs": 3}

            def preprocess(self, data):
                return data

            def inference(self, data):
                return data

            def postprocess(self, data):
                return ["answer"] * len(data)

            def explain_handle(self, prepared, data):
                return ["because"] * len(data)
        """,
        batch_size=8,
        max_batch_delay_s=60,
    )
    description = services.describe(service, customized=True)
    assert description.customized is not None
    assert json.loads(description.customized) == {"inputs": 3}
    services.stop(service)
    single = services.start("", name="single", model_dir=service.spec.model_dir)
    assert bytes(services.ask(single).body) == b"answer"
    assert bytes(services.ask(single, explain=True).body) == b"because"


def test_describe_without_a_worker_fails_like_a_request(services: Services) -> None:
    service = services.add("def handle(d, c): return d", min_workers=0)
    services.scale_result(service)
    with pytest.raises(ServiceFailure) as error:
        services.describe(service, customized=True)
    assert error.value.status == 503


def test_an_envelope_wraps_every_request_of_a_batch(services: Services) -> None:
    service = services.start(
        "def handle(data, context):\n    return [x * 2 for x in data] if data else None",
        envelope="json",
        batch_size=2,
        max_batch_delay_s=60,
    )
    bodies = [b'{"instances": [1, 2]}', b'{"instances": [3]}']
    futures = [services.begin(service, body, content_type="application/json") for body in bodies]
    answers = [json.loads(bytes(future.result(60).body)) for future in futures]
    assert answers == [{"predictions": [2, 4]}, {"predictions": [6]}]


def test_nothing_in_the_archive_stands_in_for_what_the_worker_imports(services: Services) -> None:
    folder = services.folder(
        "model",
        json="raise RuntimeError('not this json')",
        ovserve_worker="raise RuntimeError('not this worker')",
        ts="raise RuntimeError('not this ts')",
        service="import ts.context, helper\ndef handle(d, c): return [helper.NAME] if d else None",
        helper="NAME = 'mine'",
    )
    service = services.start(model_dir=folder)
    assert bytes(services.ask(service).body) == b"mine"
