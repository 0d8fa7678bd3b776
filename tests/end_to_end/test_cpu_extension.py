"""``--cpu_extension``: models with operations of the user's own, from files and through a loader."""

import subprocess
from pathlib import Path

import numpy as np
import openvino as ov
import pytest

from harness import configuration
from harness.grpc_client import GrpcClient
from harness.protos import Protos
from harness.server_process import ServerProcess, free_port, run_to_end

SOURCE = Path(__file__).parents[1] / "cpp/engine/extensions/times_three.cpp"
# f32 "b" [1,2] to "a" by an operation that OpenVINO does not know.
MODEL = """<?xml version="1.0"?>
<net name="times" version="11"><layers>
<layer id="0" name="b" type="Parameter" version="opset1"><data shape="1,2" element_type="f32"/>
<output><port id="0" precision="FP32" names="b"><dim>1</dim><dim>2</dim></port></output></layer>
<layer id="1" name="a" type="Times3" version="tests">
<input><port id="0" precision="FP32"><dim>1</dim><dim>2</dim></port></input>
<output><port id="1" precision="FP32" names="a"><dim>1</dim><dim>2</dim></port></output></layer>
<layer id="2" name="result" type="Result" version="opset1">
<input><port id="0" precision="FP32"><dim>1</dim><dim>2</dim></port></input></layer>
</layers><edges>
<edge from-layer="0" from-port="0" to-layer="1" to-port="0"/>
<edge from-layer="1" from-port="1" to-layer="2" to-port="0"/>
</edges></net>"""


@pytest.fixture(scope="module")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension library, compiled the way its author would."""
    package = Path(ov.__file__).parent
    library = tmp_path_factory.mktemp("extension") / "libtimes_three.so"
    (runtime,) = (package / "libs").glob("libopenvino.so.*")
    command = ["g++", "-std=c++17", "-O1", "-fPIC", "-shared", f"-I{package / 'include'}", str(SOURCE)]
    subprocess.run([*command, str(runtime), "-o", str(library)], check=True)
    return library


@pytest.fixture
def config(hostile_library: Path, tmp_path: Path) -> Path:
    """Models ``plain`` (files) and ``loaded`` (loader) with that operation."""
    folder = tmp_path / "m" / "1"
    folder.mkdir(parents=True)
    (folder / "model.xml").write_text(MODEL)
    (folder / "model.bin").write_bytes(bytes(4))
    options = {"loader_name": "hostile"}
    document = configuration.document(
        [
            configuration.model("plain", tmp_path / "m"),
            configuration.model("loaded", tmp_path / "m", custom_loader_options=options),
        ],
        [configuration.loader("hostile", hostile_library)],
    )
    return configuration.write(tmp_path / "config.json", document)


def test_its_operations_are_known_to_every_model(extension: Path, config: Path, protos: Protos) -> None:
    flags = ["--config_path", str(config), "--cpu_extension", str(extension)]
    values = np.array([[1.0, -2.5]], np.float32)
    with (
        ServerProcess(*flags) as server,
        GrpcClient(server.wait_until_ready().address, protos) as client,
    ):
        for model in ("plain", "loaded"):
            np.testing.assert_array_equal(client.predict(model, {"b": values})["a"], 3 * values)
        assert server.stop() == 0


def test_without_it_such_models_say_what_is_missing(config: Path) -> None:
    with ServerProcess("--config_path", str(config)) as server:
        server.wait_until_ready()
        for model in ("plain", "loaded"):
            server.wait_for_line(f'model "{model}" version 1 failed to load: ')
        assert "Times3" in server.output
        assert server.stop() == 0


@pytest.mark.parametrize("kind", ["missing", "directory", "text", "other library"])
def test_what_is_no_extension_library_is_exit_1(
    hostile_library: Path, config: Path, tmp_path: Path, kind: str
) -> None:
    (tmp_path / "text.so").write_text("no library")
    path, words = {
        "missing": (tmp_path / "nothing.so", "there is no such file"),
        "directory": (tmp_path, "there is no such file"),
        "text": (tmp_path / "text.so", "cannot be opened: "),
        "other library": (hostile_library, "is no OpenVINO extension library: "),
    }[kind]
    flags = ["--config_path", str(config), "--port", str(free_port()), "--cpu_extension", str(path)]
    result = run_to_end(flags)
    assert result.returncode == 1
    assert result.stderr.startswith(f"ovserve: CPU extension {path}: {words}")
    assert "Traceback" not in result.stderr
