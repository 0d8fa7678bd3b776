"""A Python loader as a shared library: in a C++ host without Python and in ovserve."""

import os
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openvino as ov
import pytest

import ovserve
from digits_model import INPUT, OUTPUT, load, to_openvino, train, write_ir
from harness import configuration
from ovserve import cli
from ovserve.workbench.embed import embed

HEADER = Path(ovserve.__file__).parent / "include"

# numpy is an extension module: it finds Python's functions only where these are global.
LOADER = """
from pathlib import Path

import numpy as np
import ovserve

class Reader(ovserve.CustomLoader):
    def init(self, config_file):
        if config_file == "fails":
            raise ValueError("no such licence")
    def load_model(self, name, base_path, version, options):
        folder = Path(base_path, str(version))
        if options.get("blacklisted"):
            raise ovserve.ModelBlacklistedError("not now")
        if options.get("raises"):
            raise ValueError("boom")
        xml = np.fromfile(folder / "digits.xml", np.uint8)
        return ovserve.ModelBuffers("IR", xml, np.fromfile(folder / "digits.bin", np.uint8))
    def unload_model(self, name, version):
        raise OSError("in unload")
"""

Host = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("source") / "reader.py"
    file.write_text(LOADER)
    return file


@pytest.fixture(scope="module")
def library(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("built") / "libreader.so"
    assert embed(source, output) == "Reader"
    return output


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """base_path of the digits model."""
    folder = tmp_path_factory.mktemp("digits")
    write_ir(to_openvino(train(load()[0])), folder / "1" / "digits.xml")
    return folder


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    program = tmp_path_factory.mktemp("host") / "plain_host"
    command = ["g++", "-std=c++17", f"-I{HEADER}", str(Path(__file__).with_name("plain_host.cpp"))]
    subprocess.run([*command, "-o", str(program), "-ldl", "-pthread"], check=True)
    assert (
        "libpython"
        not in subprocess.run(["ldd", str(program)], check=True, capture_output=True, text=True).stdout
    )

    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        # A host's own settings of Python are none of the loader's.
        environment = {**os.environ, "PYTHONHOME": "/nonexistent", "PYTHONPATH": "/nonexistent"}
        command = [str(program), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)

    return run


def served_answers(path: str, base_path: Path, images: np.ndarray) -> np.ndarray:
    model = configuration.model("digits", base_path, custom_loader_options={"loader_name": "x"})
    document = configuration.document([model], [configuration.loader("x", Path(path))])
    with ovserve.Server(document, port=None) as server:
        return server.infer("digits", {INPUT: images})[OUTPUT]


def test_the_same_answers_everywhere(
    library: Path, source: Path, digits: Path, host: Host, tmp_path: Path
) -> None:
    done = host(library, "", digits, '{"loader_name":"x"}', tmp_path / "got")
    assert done.stdout == "init 0\nload 1\nstatus 0\nunload 6\nretire 0\ndeinit 0\n", done.stderr
    assert done.returncode == 0
    assert "unload_model" in done.stderr
    assert "OSError: in unload" in done.stderr
    images = load()[1].images[:50]
    in_host = ov.Core().compile_model(tmp_path / "got.xml", "CPU")(images)[OUTPUT]
    assert (tmp_path / "got.bin").read_bytes() == (digits / "1" / "digits.bin").read_bytes()
    embedded = served_answers(str(library), digits, images)
    np.testing.assert_array_equal(embedded, served_answers(f"{source}:Reader", digits, images))
    np.testing.assert_array_equal(embedded, in_host)


def test_failures_in_a_plain_host(library: Path, digits: Path, host: Host, tmp_path: Path) -> None:
    done = host(library, "fails", digits, "{}", tmp_path / "got")
    assert done.returncode == 1
    assert 'threw custom loader "reader.py": init raised ValueError: no such licence (' in done.stdout
    assert (
        'raise ValueError("no such licence")' in done.stderr
    )  # the traceback, from the library's own source
    done = host(library, "", digits, '{"raises":1}', tmp_path / "got")
    assert 'loadModel threw custom loader "reader.py": load_model for model "digits" version 1' in done.stdout
    done = host(library, "", digits, '{"blacklisted":1}', tmp_path / "got")
    assert "load 5\n" in done.stdout


def test_in_this_process_it_uses_the_running_interpreter(library: Path, digits: Path) -> None:
    with ovserve.LoaderLibrary(library).create(name="mine") as loader:
        loaded = loader.load("digits", digits, 1, {"loader_name": "mine"})
        assert bytes(loaded.weights) == (digits / "1" / "digits.bin").read_bytes()
        with pytest.raises(ovserve.FailedPreconditionError):
            loader.load("digits", digits, 1, {"blacklisted": 1})
        with pytest.raises(ovserve.InternalError, match="ValueError: boom"):
            loader.load("digits", digits, 1, {"raises": 1})
    with pytest.raises(ovserve.InternalError, match="no such licence"):
        ovserve.LoaderLibrary(library).create("fails")


def test_command(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "libmine.so"
    assert cli.main(["loader", "embed", f"{source}:Reader", "-o", str(output)]) == 0
    assert f"Library written: {output}, class Reader of {source}\n" in capsys.readouterr().out
    assert output.is_file()
    assert cli.main(["loader", "embed", f"{source}:Raeder", "-o", str(output)]) == 1
    assert "did you mean Reader" in capsys.readouterr().err
    assert cli.main(["loader", "embed", "reader.so"]) == 1
    assert "expected FILE.py or FILE.py:CLASS" in capsys.readouterr().err
    assert cli.main(["loader", "embed"]) == 2
    assert cli.main(["loader"]) == 0
    assert "embed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import no_such_module", "cannot be imported: ModuleNotFoundError: No module named"),
        ("raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("def broken(:", "cannot be imported: SyntaxError"),
        ("x = 1", "its loaders are: none"),
        (LOADER + "\nclass Second(Reader): ...", "name the class, .*: Reader, Second"),
    ],
)
def test_files_that_cannot_be_embedded(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text)
    with pytest.raises(ovserve.InvalidArgumentError, match=message):
        embed(file, tmp_path / "lib.so")
    assert not (tmp_path / "lib.so").exists()


def test_what_is_missing_is_said_in_one_line(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "lib.so"
    with pytest.raises(ovserve.InvalidArgumentError, match=r"cannot read .*nothing\.py"):
        embed(tmp_path / "nothing.py", output)
    with pytest.raises(ovserve.InvalidArgumentError, match="cannot write"):
        embed(source, tmp_path / "no" / "lib.so")
    with pytest.raises(ovserve.FailedPreconditionError, match=r"apt-get install g\+\+"):
        embed(source, output, compiler="no-such-compiler")
    with pytest.raises(ovserve.FailedPreconditionError, match="false failed"):
        embed(source, output, compiler="false")
    with monkeypatch.context() as patched:
        patched.setattr(sysconfig, "get_path", lambda kind: str(tmp_path))
        with pytest.raises(ovserve.FailedPreconditionError, match="apt-get install python3-dev"):
            embed(source, output)
    with monkeypatch.context() as patched:
        patched.setattr(sysconfig, "get_config_var", lambda name: str(tmp_path))
        with pytest.raises(ovserve.FailedPreconditionError, match="--enable-shared"):
            embed(source, output)
