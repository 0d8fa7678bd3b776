import json

import numpy as np
import pytest

from harness.protos import Protos
from perf.workloads.protocols import PROTOCOLS, Reply
from perf.workloads.registry import WORKLOADS


def test_numbers_travel_as_the_shortest_text(protos: Protos) -> None:
    body = PROTOCOLS["tfs_rest"].encode(protos, "m", {"b": np.array([[0.1, -2.5]], np.float32)}).body
    assert body == b'{"inputs":{"b":[[0.1,-2.5]]}}'


def test_json_workload_has_the_size_that_its_name_promises(protos: Protos) -> None:
    body = PROTOCOLS["tfs_rest"].encode(protos, "json", WORKLOADS["json"].request_inputs()).body
    assert 2.3e6 < len(body) < 2.7e6


def test_binary_tensors_follow_the_json_object(protos: Protos) -> None:
    array = np.array([[1.0, 2.0]], np.float32)
    request = PROTOCOLS["kserve_rest_binary"].encode(protos, "m", {"b": array})
    length = int(request.headers["Inference-Header-Content-Length"])
    described = json.loads(request.body[:length])["inputs"][0]
    assert described["parameters"]["binary_data_size"] == 8
    assert request.body[length:] == array.tobytes()


def test_images_are_strings_in_every_protocol_that_takes_them(protos: Protos) -> None:
    image = np.array([b"\xff\xd8"], dtype=object)
    encoded = {
        name: PROTOCOLS[name].encode(protos, "m", {"b": image}).body for name in WORKLOADS["image"].protocols
    }
    assert json.loads(encoded["tfs_rest"]) == {"inputs": {"b": [{"b64": "/9g="}]}}
    assert encoded["kserve_rest_binary"].endswith(b"\x02\0\0\0\xff\xd8")
    predict = protos["tensorflow.serving.PredictRequest"].FromString(encoded["tfs_grpc"])
    assert predict.inputs["b"].string_val == [b"\xff\xd8"]


@pytest.mark.parametrize("text", [b'{"outputs": [[1.5]]}', b'{"outputs": {"a": [[1.5]]}}'])
def test_tfs_rest_answers_with_and_without_names(text: bytes, protos: Protos) -> None:
    outputs = PROTOCOLS["tfs_rest"].decode(protos, Reply(text, {}))
    assert [array.tolist() for array in outputs.values()] == [[[1.5]]]
