"""Measure the peak memory of a large model that comes through a custom loader.

The measure is what OpenVINO itself needs for the same model from a file.
The same f32 model, fully connected layers with 400 MB of weights, is loaded in four processes of its own:

1. ``openvino.Core().compile_model(path)``: OpenVINO alone, from the file;
2. ``ovserve`` with the sample loader, which reads the file into memory and hands it over;
3. ``ovserve`` with a loader in Python that does the same with ``bytes``;
4. ``ovserve`` with the loader in C of the examples, which maps the file.

The loader's buffer is the price of a custom loader; beyond it the server may need a tenth more than
OpenVINO does: peak RSS of 2 to 4 must stay under ``buffer + 1.1 * peak RSS of 1``. That alone would not
show a copy of the weights, since 1 has the file's pages mapped and counted where 2 and 3 have the buffer, and
4 has them mapped too. So a second limit holds: less than half a buffer above 1. All run one inference before
their peak is read, with settings left alone.

Prints a table and a line of JSON; exits 1 when a limit is exceeded. The peaks vary by about 1 % from run
to run, a small part of what one copy would add.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_TESTS))

from harness import configuration, python_loader  # noqa: E402
from harness.server_process import ServerProcess  # noqa: E402

_WIDTH = 1024
_LAYERS = 100  # of 4 MiB each
_ALLOWED_OVER_OPENVINO = 1.1
_EXAMPLES = _TESTS.parent / "examples"
_MIB = 1 << 20


@dataclass(frozen=True)
class Result:
    """Sizes in MiB."""

    buffer: float
    openvino_peak: float
    server_peak: float
    python_loader_peak: float
    c_loader_peak: float

    @property
    def peaks(self) -> tuple[float, ...]:
        """Of the server with each loader."""
        return self.server_peak, self.python_loader_peak, self.c_loader_peak

    @property
    def limit(self) -> float:
        return self.buffer + _ALLOWED_OVER_OPENVINO * self.openvino_peak

    @property
    def limit_without_copy(self) -> float:
        return self.openvino_peak + self.buffer / 2

    @property
    def passed(self) -> bool:
        return max(self.peaks) < min(self.limit, self.limit_without_copy)

    def as_json(self) -> str:
        values: dict[str, Any] = {name: round(size, 1) for name, size in asdict(self).items()}
        values["limit"] = round(self.limit, 1)
        values["limit_without_copy"] = round(self.limit_without_copy, 1)
        values["server_to_openvino"] = round(self.server_peak / self.openvino_peak, 3)
        values["server_to_limit"] = round(self.server_peak / self.limit, 3)
        values["python_loader_to_openvino"] = round(self.python_loader_peak / self.openvino_peak, 3)
        values["c_loader_to_openvino"] = round(self.c_loader_peak / self.openvino_peak, 3)
        values["passed"] = self.passed
        return json.dumps({"load_memory": values, "unit": "MiB"})

    def as_table(self) -> str:
        rows = {
            "weights in the loader's buffer": self.buffer,
            "OpenVINO from the file, peak RSS": self.openvino_peak,
            "server through the loader, peak RSS": self.server_peak,
            "the same through a loader in Python": self.python_loader_peak,
            "and through one in C that maps the file": self.c_loader_peak,
            f"limit: buffer + {_ALLOWED_OVER_OPENVINO} x OpenVINO": self.limit,
            "limit without a copy: OpenVINO + buffer / 2": self.limit_without_copy,
        }
        lines = [f"{what:<46}{size:>9.1f} MiB" for what, size in rows.items()]
        ratios = ", ".join(f"{peak / self.openvino_peak:.2f}" for peak in self.peaks)
        verdict = f"{'PASS' if self.passed else 'FAIL'}: {ratios} x OpenVINO"
        return "\n".join([*lines, verdict])


def write_model(directory: Path, layers: int) -> None:
    """Write model.xml and model.bin."""
    import numpy as np
    import openvino as ov
    from openvino import opset13

    random = np.random.default_rng(1)
    parameter = opset13.parameter([1, _WIDTH], np.float32, name="x")
    parameter.output(0).get_tensor().set_names({"x"})
    node = parameter
    for _ in range(layers):
        weights = random.standard_normal((_WIDTH, _WIDTH), dtype=np.float32) / np.float32(_WIDTH**0.5)
        node = opset13.relu(opset13.matmul(node, opset13.constant(weights), False, True))
    node.output(0).get_tensor().set_names({"y"})
    model = ov.Model([node], [parameter], "fully_connected")
    ov.serialize(model, str(directory / "model.xml"), str(directory / "model.bin"))


def load_with_openvino(xml: Path) -> None:
    """Load the model from its file and print this process's peak."""
    import numpy as np
    import openvino as ov

    compiled = ov.Core().compile_model(str(xml), "CPU")
    compiled([np.zeros((1, _WIDTH), np.float32)])
    print(peak_mib("self"))


def peak_mib(process: int | str) -> float:
    """Return the largest resident set size that a process has had."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {process} has ended")


def family(process: int) -> list[int]:
    """Return a process and all that it started, and those started, that still run."""
    children = [
        int(child)
        for task in Path(f"/proc/{process}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [process, *(member for child in children for member in family(child))]


def run_part(*arguments: str) -> str:
    """Run one part of this script in a process of its own, so that its memory is its own."""
    command = [sys.executable, str(Path(__file__).resolve()), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def build_loader(directory: Path, example: str = "SampleCustomLoader") -> Path:
    library = directory / f"lib{example}.so"
    subprocess.run(["make", "-C", str(_EXAMPLES / example), "--silent", f"OUT_LIB={library}"], check=True)
    return library


def write_python_loader(directory: Path) -> Path:
    return Path(f"{python_loader.write(directory / 'reader.py')}:Reader")


def write_config(directory: Path, base_path: Path, library: Path) -> Path:
    model = configuration.model(
        "large",
        base_path,
        custom_loader_options={"loader_name": "sample", "model_file": "model.xml", "bin_file": "model.bin"},
    )
    document = configuration.document([model], [configuration.loader("sample", library)])
    return configuration.write(directory / "config.json", document)


def predict(url: str) -> None:
    body = json.dumps({"instances": [[0.0] * _WIDTH]}).encode()
    with urllib.request.urlopen(f"{url}/v1/models/large:predict", data=body, timeout=60) as response:
        outputs = json.load(response)["predictions"]
    if len(outputs) != 1 or len(outputs[0]) != _WIDTH:
        raise RuntimeError("the server answered with a tensor of another shape")


def measure_server(config: Path) -> float:
    with ServerProcess("--config_path", str(config)) as server:
        server.wait_until_ready()
        predict(server.url)
        return sum(peak_mib(member) for member in family(server.process.pid))


def measure(layers: int, library: Path | None) -> Result:
    with tempfile.TemporaryDirectory(prefix="load-memory-") as name:
        directory = Path(name)
        version = directory / "large" / "1"
        version.mkdir(parents=True)
        run_part("--write-model", str(version), "--layers", str(layers))
        buffer = sum((version / part).stat().st_size for part in ("model.xml", "model.bin"))

        def served_through(loader: Path) -> float:
            return measure_server(write_config(directory, version.parent, loader))

        return Result(
            buffer=buffer / _MIB,
            openvino_peak=float(run_part("--load-with-openvino", str(version / "model.xml"))),
            server_peak=served_through(library or build_loader(directory)),
            python_loader_peak=served_through(write_python_loader(directory)),
            c_loader_peak=served_through(build_loader(directory, "c_loader")),
        )


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--layers", type=int, default=_LAYERS, help="layers of 4 MiB each (default: %(default)s)"
    )
    parser.add_argument("--library", type=Path, help="sample loader to use; by default it is built")
    parser.add_argument("--json", type=Path, help="also write the line of JSON to this file")
    parser.add_argument("--write-model", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--load-with-openvino", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    if arguments.write_model:
        write_model(arguments.write_model, arguments.layers)
        return 0
    if arguments.load_with_openvino:
        load_with_openvino(arguments.load_with_openvino)
        return 0
    result = measure(arguments.layers, arguments.library)
    print(result.as_table())
    print(result.as_json())
    if arguments.json:
        arguments.json.write_text(result.as_json() + "\n")
    return 0 if result.passed else 1


if __name__ == "__main__":
    sys.exit(main())
