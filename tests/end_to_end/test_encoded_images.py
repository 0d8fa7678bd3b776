"""Encoded images in every form in which clients can send them, and text for inputs of bytes."""

import base64
import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import ovmsclient
import pytest
import requests
import tritonclient.grpc as triton
import tritonclient.http as triton_http

import ovserve
from harness import configuration, models, pictures
from harness.grpc_client import KSERVE, PREDICTION, GrpcClient
from harness.protos import Protos
from harness.server_process import ServerProcess
from ovserve.config.frontend import FrontendChoice

Array = np.ndarray[Any, np.dtype[Any]]
Send = Callable[[str, list[bytes]], Array]

HEIGHT, WIDTH = 6, 8
EXACT = {"INFERENCE_PRECISION_HINT": "f32"}
PICTURE = pictures.random_rgb(HEIGHT, WIDTH)
OTHER = pictures.random_rgb(HEIGHT, WIDTH, seed=2)
FILE = pictures.encode(PICTURE)

# Name: element type, shape, the layout of the model file, the key "layout".
MODELS = {
    "fixed": (ov.Type.u8, (-1, HEIGHT, WIDTH, 3), "NHWC", None),
    "key": (ov.Type.u8, (-1, HEIGHT, WIDTH, 3), "", "NHWC"),
    "silent": (ov.Type.u8, (-1, HEIGHT, WIDTH, 3), "", None),
    "nchw": (ov.Type.f32, (-1, 3, HEIGHT, WIDTH), "NCHW", None),
    "turned": (ov.Type.f32, (-1, 3, HEIGHT, WIDTH), "NCHW", "NHWC:NCHW"),
    "one": (ov.Type.u8, (1, HEIGHT, WIDTH, 3), "NHWC", None),
    "any": (ov.Type.u8, (-1, -1, -1, 3), "NHWC", None),
    "gray": (ov.Type.u8, (-1, HEIGHT, WIDTH, 1), "NHWC", None),
    "alpha": (ov.Type.u8, (-1, HEIGHT, WIDTH, 4), "NHWC", None),
    "bool": (ov.Type.boolean, (-1, HEIGHT, WIDTH, 3), "NHWC", None),
    "flat": (ov.Type.f32, (-1, 4), "", None),
    "text": (ov.Type.u8, (-1, -1), "", None),
    "short_text": (ov.Type.u8, (-1, 8), "", None),
    **{
        dtype: (ov.Type(np.dtype(dtype)), (-1, HEIGHT, WIDTH, 3), "NHWC", None)
        for dtype in models.DTYPES
        if dtype != "bool"
    },
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, front: FrontendChoice) -> Iterator[ovserve.Server]:
    """Models that give back what they get; see MODELS, and ``range`` of 3 to 9 rows."""
    folder = tmp_path_factory.mktemp("models")
    entries = []
    for name, (element_type, shape, own, key) in MODELS.items():
        models.write(models.any_identity(element_type, shape, own), folder / name)
        keys = {} if key is None else {"layout": key}
        entries.append(configuration.model(name, folder / name, plugin_config=EXACT, **keys))
    entries.append(configuration.model("range", folder / "any", shape=f"(-1,3:9,{WIDTH},3)"))
    with ovserve.Server(configuration.document(entries), rest_port=0, grpc_frontend=front) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: ovserve.Server, protos: Protos) -> Iterator[GrpcClient]:
    with GrpcClient(f"127.0.0.1:{server.grpc_port}", protos) as client:
        yield client


def b64(file: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(file).decode()}


def prefixed(files: list[bytes]) -> bytes:
    return b"".join(struct.pack("<I", len(file)) + file for file in files)


class Forms:
    """Each method sends files to input ``x`` of a model in its own form, and gives output ``y``."""

    def __init__(self, server: ovserve.Server, client: GrpcClient) -> None:
        self._server = server
        self._client = client
        self._grpc = f"127.0.0.1:{server.grpc_port}"
        self._rest = f"127.0.0.1:{server.rest_port}"
        self._url = f"http://{self._rest}"

    def ovmsclient_grpc(self, model: str, files: list[bytes]) -> Array:
        return ovmsclient.make_grpc_client(self._grpc).predict({"x": files}, model)

    def ovmsclient_http(self, model: str, files: list[bytes]) -> Array:
        return ovmsclient.make_http_client(self._rest).predict({"x": files}, model)

    def tfs_string_val(self, model: str, files: list[bytes]) -> Array:
        tensor = self._client.protos["tensorflow.TensorProto"](dtype=7, string_val=files)
        tensor.tensor_shape.dim.add(size=len(files))
        request = self._client.predict_request(model, {"x": tensor})
        reply = self._client.call(PREDICTION, "Predict", request, "tensorflow.serving.PredictResponse")
        output = reply.outputs["y"]
        shape = [dim.size for dim in output.tensor_shape.dim]
        return np.frombuffer(output.tensor_content, np.uint8).reshape(shape)

    def tfs_rows(self, model: str, files: list[bytes]) -> Array:
        return self.predict(model, {"instances": [b64(file) for file in files]}, "predictions")

    def tfs_named_rows(self, model: str, files: list[bytes]) -> Array:
        return self.predict(model, {"instances": [{"x": b64(file)} for file in files]}, "predictions")

    def tfs_columns(self, model: str, files: list[bytes]) -> Array:
        return self.predict(model, {"inputs": [b64(file) for file in files]}, "outputs")

    def tfs_named_columns(self, model: str, files: list[bytes]) -> Array:
        return self.predict(model, {"inputs": {"x": [b64(file) for file in files]}}, "outputs")

    def triton_grpc(self, model: str, files: list[bytes]) -> Array:
        with triton.InferenceServerClient(self._grpc) as client:
            tensor = triton.InferInput("x", [len(files)], "BYTES")
            tensor.set_data_from_numpy(np.array(files, np.object_))
            return client.infer(model, [tensor]).as_numpy("y")

    def triton_http(self, model: str, files: list[bytes]) -> Array:
        with triton_http.InferenceServerClient(self._rest) as client:
            tensor = triton_http.InferInput("x", [len(files)], "BYTES")
            tensor.set_data_from_numpy(np.array(files, np.object_))
            return client.infer(model, [tensor]).as_numpy("y")

    def kserve_bytes_contents(self, model: str, files: list[bytes]) -> Array:
        request = self._client.protos["inference.ModelInferRequest"](model_name=model)
        tensor = request.inputs.add(name="x", datatype="BYTES", shape=[len(files)])
        tensor.contents.bytes_contents.extend(files)
        reply = self._client.call(KSERVE, "ModelInfer", request, "inference.ModelInferResponse")
        return np.frombuffer(reply.raw_output_contents[0], np.uint8).reshape(list(reply.outputs[0].shape))

    def kserve_json(self, model: str, files: list[bytes]) -> Array:
        return self.kserve_rest(model, [len(files)], data=[b64(file) for file in files])

    def kserve_binary(self, model: str, files: list[bytes]) -> Array:
        section = prefixed(files)
        size = {"parameters": {"binary_data_size": len(section)}}
        return self.kserve_rest(model, [len(files)], section, **size)

    def server_infer(self, model: str, files: list[bytes]) -> Array:
        return self._server.infer(model, {"x": np.array(files, np.object_)})["y"]

    def kserve_rest(self, model: str, shape: list[int], binary: bytes | None = None, **fields: Any) -> Array:
        body = json.dumps({"inputs": [{"name": "x", "shape": shape, "datatype": "BYTES", **fields}]}).encode()
        headers = {} if binary is None else {"Inference-Header-Content-Length": str(len(body))}
        output = self._post(f"v2/models/{model}/infer", body + (binary or b""), headers)["outputs"][0]
        return np.array(output["data"]).reshape(output["shape"])

    def predict(self, model: str, body: Any, key: str) -> Array:
        return np.array(self._post(f"v1/models/{model}:predict", json.dumps(body).encode())[key])

    def _post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> Any:
        reply = requests.post(f"{self._url}/{path}", data=body, headers=headers, timeout=60)
        assert reply.status_code == 200, reply.text
        return reply.json()


FORMS = sorted({name for name in vars(Forms) if not name.startswith("_")} - {"predict", "kserve_rest"})


@pytest.fixture(scope="module")
def forms(server: ovserve.Server, client: GrpcClient) -> Forms:
    return Forms(server, client)


@pytest.fixture(params=FORMS)
def send(request: pytest.FixtureRequest, forms: Forms) -> Send:
    return getattr(forms, request.param)


def test_one_image(send: Send) -> None:
    np.testing.assert_array_equal(send("fixed", [FILE]), pictures.bgr(PICTURE)[None])


def test_a_batch_of_images_each_resized(send: Send) -> None:
    small = pictures.random_rgb(3, 3)
    batch = send("fixed", [FILE, pictures.encode(OTHER), pictures.encode(small)])
    np.testing.assert_array_equal(batch[:2], pictures.bgr(np.stack([PICTURE, OTHER])))
    np.testing.assert_allclose(batch[2], pictures.resized(pictures.bgr(small), HEIGHT, WIDTH), atol=0.51)


def test_ovmsclient_sends_one_image_without_a_list(server: ovserve.Server) -> None:
    for client in (
        ovmsclient.make_grpc_client(f"127.0.0.1:{server.grpc_port}"),
        ovmsclient.make_http_client(f"127.0.0.1:{server.rest_port}"),
    ):
        np.testing.assert_array_equal(client.predict({"x": FILE}, "one"), pictures.bgr(PICTURE)[None])


def test_one_value_is_enough_for_a_column(forms: Forms) -> None:
    for body in ({"inputs": {"x": b64(FILE)}}, {"inputs": b64(FILE)}):
        np.testing.assert_array_equal(forms.predict("one", body, "outputs"), pictures.bgr(PICTURE)[None])


@pytest.mark.parametrize("section", [FILE, prefixed([FILE])], ids=["the file", "behind its length"])
def test_the_file_follows_the_json_object(forms: Forms, section: bytes) -> None:
    np.testing.assert_array_equal(forms.kserve_rest("one", [1], section), pictures.bgr(PICTURE)[None])


def test_jpeg(forms: Forms) -> None:
    picture = pictures.smooth_rgb(48, 64)
    for options in ({}, {"progressive": True}, {"subsampling": 2}):
        output = forms.server_infer("any", [pictures.encode(picture, "JPEG", **options)])
        np.testing.assert_allclose(output[0], pictures.bgr(picture), atol=3)


def test_exif_orientation_is_not_looked_at(forms: Forms) -> None:
    picture = pictures.smooth_rgb(24, 32)
    exif = pictures.Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    file = pictures.encode(picture, "JPEG", exif=exif)
    assert forms.server_infer("any", [file]).shape == (1, 24, 32, 3)


@pytest.mark.parametrize(("height", "width"), [(3, 4), (6, 8), (7, 5), (12, 16), (61, 83), (1, 1), (300, 2)])
def test_resizing_against_numpy(forms: Forms, height: int, width: int) -> None:
    picture = pictures.random_rgb(height, width, seed=height)
    expected = pictures.resized(pictures.bgr(picture), HEIGHT, WIDTH)
    file = pictures.encode(picture)
    np.testing.assert_allclose(forms.server_infer("fixed", [file])[0], expected, atol=0.51)
    np.testing.assert_allclose(forms.server_infer("float32", [file])[0], expected, atol=1e-3)


@pytest.mark.parametrize("dtype", [dtype for dtype in models.DTYPES if dtype != "bool"])
def test_every_number_type(forms: Forms, dtype: str) -> None:
    output = forms.server_infer(dtype, [FILE])
    assert output.dtype == dtype
    expected = pictures.bgr(PICTURE)[None].astype(np.int64)
    np.testing.assert_array_equal(output, expected.clip(None, 127) if dtype == "int8" else expected)


def test_sixteen_bits_per_channel(forms: Forms) -> None:
    gray = np.array([[0, 300, 65535]], np.uint16)
    picture = np.repeat(gray[..., None], 3, -1)
    file = pictures.encode(gray)
    expected = pictures.resized(picture, HEIGHT, WIDTH)
    np.testing.assert_allclose(forms.server_infer("float32", [file])[0], expected, rtol=1e-6)
    np.testing.assert_allclose(forms.server_infer("uint16", [file])[0], expected, atol=0.51)


def test_layouts(forms: Forms) -> None:
    expected = pictures.bgr(PICTURE)[None]
    np.testing.assert_array_equal(forms.server_infer("key", [FILE]), expected)
    np.testing.assert_array_equal(forms.server_infer("silent", [FILE]), expected)
    np.testing.assert_array_equal(forms.server_infer("turned", [FILE]), expected.transpose(0, 3, 1, 2))


def test_any_size_is_the_images(forms: Forms) -> None:
    picture = pictures.random_rgb(5, 9)
    np.testing.assert_array_equal(
        forms.server_infer("any", [pictures.encode(picture)]), pictures.bgr(picture)[None]
    )


@pytest.mark.parametrize(("height", "rows"), [(2, 3), (7, 7), (20, 9)])
def test_a_range_is_met_at_its_nearer_end(forms: Forms, height: int, rows: int) -> None:
    picture = pictures.random_rgb(height, WIDTH)
    expected = pictures.resized(pictures.bgr(picture), rows, WIDTH)
    np.testing.assert_allclose(
        forms.server_infer("range", [pictures.encode(picture)])[0], expected, atol=0.51
    )


def test_channels(forms: Forms) -> None:
    gray = pictures.encode(PICTURE, mode="L")
    values = np.array(pictures.Image.fromarray(PICTURE).convert("L"))
    np.testing.assert_array_equal(forms.server_infer("gray", [gray])[0, ..., 0], values)
    np.testing.assert_array_equal(forms.server_infer("fixed", [gray])[0], np.repeat(values[..., None], 3, -1))
    alpha = forms.server_infer("alpha", [pictures.encode(PICTURE, mode="RGBA")])
    np.testing.assert_array_equal(alpha[0, ..., :3], pictures.bgr(PICTURE))
    assert (alpha[..., 3] == 255).all()
    palette = forms.server_infer("fixed", [pictures.encode(PICTURE, mode="P")])
    expected = np.array(pictures.Image.fromarray(PICTURE).convert("P").convert("RGB"))
    np.testing.assert_array_equal(palette[0], pictures.bgr(expected))


def test_cmyk(forms: Forms) -> None:
    picture = pictures.smooth_rgb(16, 16)
    file = pictures.encode(picture, "JPEG", mode="CMYK")
    np.testing.assert_allclose(forms.server_infer("any", [file])[0], pictures.bgr(picture), atol=4)


TOO_LARGE = FILE[:16] + struct.pack(">II", 20_000, 20_000) + FILE[24:]
NOT_AN_IMAGE = "it is neither JPEG nor PNG, but begins with the bytes 47 49 46 38"
REFUSALS = {
    "empty": ("fixed", [b""], "Invalid image - image 1 of 1: it is empty"),
    "another format": ("fixed", [FILE, b"GIF8"], f"Invalid image - image 2 of 2: {NOT_AN_IMAGE}"),
    "cut short": ("fixed", [FILE[:-9]], "Invalid image - image 1 of 1: the PNG file is broken"),
    "a wrong checksum": ("fixed", [TOO_LARGE], "Invalid image - image 1 of 1: the PNG file is broken"),
    "layout": ("nchw", [FILE], "Invalid input layout - Expected: NHWC"),
    "channels": (
        "fixed",
        [pictures.encode(PICTURE, mode="RGBA")],
        "Invalid number of channels - Expected: 3; Actual: 4, with transparency",
    ),
    "batch": ("one", [FILE, FILE], "Invalid input batch size - Expected: 1; Actual: 2"),
    "sizes": ("any", [FILE, pictures.encode(OTHER[1:])], "Invalid image - image 2 of 2 is of size 8x5"),
    "size without a layout": (
        "silent",
        [pictures.encode(OTHER[1:])],
        "Invalid input shape - Expected: (-1,6,8,3); Actual: (1,5,8,3); the server resizes images if",
    ),
    "precision": ("bool", [FILE], "Invalid input precision - Expected: BOOL; Actual: "),
    "rank": ("flat", [FILE], "Invalid input precision - Expected: FP32; Actual: "),
    "16 bits": (
        "fixed",
        [pictures.encode(np.zeros((2, 2), np.uint16))],
        "Invalid image - image 1 of 1: its 16 bits per channel do not fit U8",
    ),
    "long text": ("short_text", [b"12345678"], "Invalid input shape - Expected: texts of at most 7 bytes"),
}


@pytest.mark.parametrize(("model", "files", "words"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_does_not_fit_is_refused_with_the_cause(
    client: GrpcClient, server: ovserve.Server, model: str, files: list[bytes], words: str
) -> None:
    infer = client.protos["inference.ModelInferRequest"](model_name=model)
    infer.inputs.add(name="x", datatype="BYTES", shape=[len(files)])
    infer.raw_input_contents.append(prefixed(files))
    tensor = client.protos["tensorflow.TensorProto"](dtype=7, string_val=files)
    tensor.tensor_shape.dim.add(size=len(files))
    predict = client.predict_request(model, {"x": tensor})
    for service, method, request, reply in (
        (KSERVE, "ModelInfer", infer, "inference.ModelInferResponse"),
        (PREDICTION, "Predict", predict, "tensorflow.serving.PredictResponse"),
    ):
        code, text = client.refusal(service, method, request, reply)
        assert code == "INVALID_ARGUMENT"
        assert text.startswith(words)
        assert text.endswith("; input name: x")
    url = f"http://127.0.0.1:{server.rest_port}"
    rows = {"instances": [b64(file) for file in files]}
    data = {"name": "x", "shape": [len(files)], "datatype": "BYTES", "data": [b64(file) for file in files]}
    for reply in (
        requests.post(f"{url}/v1/models/{model}:predict", json=rows, timeout=60),
        requests.post(f"{url}/v2/models/{model}/infer", json={"inputs": [data]}, timeout=60),
    ):
        assert reply.status_code == 400
        assert reply.json()["error"].startswith(words)
        assert reply.json()["error"].endswith("; input name: x")


def test_numbers_are_taken_as_before(forms: Forms, server: ovserve.Server) -> None:
    batch = pictures.bgr(PICTURE)[None]
    np.testing.assert_array_equal(server.infer("fixed", {"x": batch})["y"], batch)
    np.testing.assert_array_equal(forms.predict("fixed", {"instances": batch.tolist()}, "predictions"), batch)


def test_a_declared_number_type_is_not_for_strings(server: ovserve.Server) -> None:
    tensor = {"name": "x", "shape": [1], "datatype": "UINT8", "data": [b64(FILE)]}
    url = f"http://127.0.0.1:{server.rest_port}/v2/models/fixed/infer"
    reply = requests.post(url, json={"inputs": [tensor]}, timeout=60)
    assert reply.status_code == 400
    assert reply.json()["error"] == "Invalid input precision - Expected: U8; Actual: STRING; input name: x"


def test_text_for_bytes(send: Send) -> None:
    expected = np.frombuffer(b"abc\0\0\0\0\0defgh\0\0\0\0\0\0\0\0\0\0\0", np.uint8).reshape(3, 8)
    np.testing.assert_array_equal(send("short_text", [b"abc", b"defgh", b""]), expected)
    np.testing.assert_array_equal(send("text", [b"abc", b"defgh", b""]), expected[:, :6])


def test_plain_strings_in_json_are_text(forms: Forms) -> None:
    expected = np.frombuffer(b"ab\0\xc3\xa9\0", np.uint8).reshape(2, 3)
    body = {"instances": ["ab", "é"]}
    np.testing.assert_array_equal(forms.predict("text", body, "predictions"), expected)
    np.testing.assert_array_equal(forms.kserve_rest("text", [2], data=["ab", "é"]), expected)


def test_the_limit_of_pixels_is_a_flag(tmp_path: Path) -> None:
    base_path = models.write(models.any_identity(ov.Type.u8, (-1, 2, 2, 3)), tmp_path / "m")
    flags = ("--model_name", "m", "--model_path", str(base_path), "--layout", "NHWC")
    with ServerProcess(*flags, "--max_image_pixels", "48") as server:
        server.wait_until_ready()
        client = ovmsclient.make_grpc_client(server.address)
        assert client.predict({"x": FILE}, "m").shape == (1, 2, 2, 3)
        words = "its 8x7 pixels are more than the 48 of --max_image_pixels"
        with pytest.raises(ovmsclient.tfs_compat.base.errors.InvalidInputError, match=words):
            client.predict({"x": pictures.encode(pictures.random_rgb(7, 8))}, "m")
