"""Loaders in Python through a whole server: configuration, failures, memory, and who waits for whom."""

import gc
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ovserve
from harness import configuration, models, python_loader
from harness.grpc_client import GrpcClient
from harness.protos import Protos

Eventually = Callable[[Callable[[], bool]], None]

ONES = np.ones((1, 10), np.float32)


def served(server: ovserve.Server, model: str) -> float:
    return float(server.infer(model, {"b": ONES})["a"][0, 0])


def cause(server: ovserve.Server, model: str) -> str:
    (version,) = server.status(model)
    return version.error_message


def test_file_and_module_and_shared_library_side_by_side(
    tmp_path: Path, hostile_library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python_loader.write(tmp_path / "loaders" / "reader.py")
    python_loader.write(tmp_path / "installed" / "reader_of_test.py")
    monkeypatch.syspath_prepend(tmp_path / "installed")
    loaders = [
        configuration.loader("relative", Path("loaders/reader.py:Reader")),
        configuration.loader("again", Path("loaders/reader.py:Reader")),
        configuration.loader("module", Path("reader_of_test:Reader")),
        configuration.loader("native", hostile_library),
    ]
    names = ("relative", "again", "module", "native")
    entries = [python_loader.model(tmp_path, name, name, float(i)) for i, name in enumerate(names)]
    config = configuration.write(tmp_path / "config.json", configuration.document(entries, loaders))
    with ovserve.Server(config, port=None) as server:
        assert [served(server, name) for name in names] == [1.0, 2.0, 3.0, 4.0]


def test_what_cannot_be_used_keeps_only_its_own_models_out(tmp_path: Path) -> None:
    python_loader.write(tmp_path / "reader.py", python_loader.READS_FILES + "\nclass Other: ...\n")
    python_loader.write(tmp_path / "broken.py", "import no_such_dependency")
    wrong = {
        "no_file": ("nothing.py:X", r"cannot read .*nothing\.py: No such file"),
        "no_class": ("reader.py:Raeder", "did you mean Reader"),
        "class_missing": ("reader.py", r'write "reader\.py:NameOfTheClass"'),
        "no_loader": ("reader.py:Other", r"must be a class derived from ovserve\.CustomLoader"),
        "no_module": ("no_such_module:X", "there is no module no_such_module"),
        "import": (
            "broken.py:X",
            r"ModuleNotFoundError: No module named 'no_such_dependency' \(.*broken\.py, line 1\)",
        ),
        "escapes": ("../reader.py:Reader", r'contains "\.\."'),
    }
    loaders = [configuration.loader(name, Path(path)) for name, (path, _) in wrong.items()]
    loaders.append(configuration.loader("good", Path("reader.py:Reader")))
    entries = [python_loader.model(tmp_path, name, name) for name in (*wrong, "good")]
    config = configuration.write(tmp_path / "config.json", configuration.document(entries, loaders))
    with ovserve.Server(config, port=None, poll_interval_s=0) as server:
        assert served(server, "good") == 2.0
        for name, (_, text) in wrong.items():
            assert re.search(text, cause(server, name)), cause(server, name)


EDITED = """
import ovserve
from pathlib import Path
class Edited(ovserve.CustomLoader):
    def init(self, config_file):
        self.calls = Path(config_file)
        self.note("init {revision}")
    def note(self, text):
        with self.calls.open("a") as file:
            file.write(text + "\\n")
    def load_model(self, name, base_path, version, options):
        self.note(f"load_model {{name}} {{version}} {{options['x']}}")
        folder = Path(base_path, str(version))
        xml, weights = (folder / "model.xml").read_bytes(), (folder / "model.bin").read_bytes()
        return ovserve.ModelBuffers("IR", xml, weights)
    def unload_model(self, name, version): self.note(f"unload_model {{name}} {{version}}")
    def retire_model(self, name): self.note(f"retire_model {{name}}")
    def deinit(self): self.note("deinit {revision}")
"""


def test_edits_of_configuration_and_file(tmp_path: Path) -> None:
    file = python_loader.write(tmp_path / "edited.py", EDITED.format(revision=1))
    calls = tmp_path / "calls"

    def write(entry: str, **options: Any) -> None:
        document = configuration.document(
            [python_loader.model(tmp_path, "m", "edited", **options)],
            [configuration.loader("edited", Path(entry), str(calls))],
        )
        configuration.write(tmp_path / "config.json", document)

    def new_calls() -> list[str]:
        lines = calls.read_text().splitlines()
        calls.write_text("")
        return lines

    write("edited.py:Edited", x=1)
    with ovserve.Server(tmp_path / "config.json", port=None, poll_interval_s=0) as server:
        assert new_calls() == ["init 1", "load_model m 1 1"]
        write("edited.py:Edited", x=2)
        server.reload()
        assert new_calls() == ["unload_model m 1", "load_model m 1 2"]
        file.write_text(EDITED.format(revision=2))
        server.reload()
        assert new_calls() == []  # not configured anew
        write(str(file) + ":Edited", x=2)  # the same file, as a path means the same entry
        server.reload()
        assert new_calls() == []
        (tmp_path / "link.py").symlink_to(file)
        write("link.py:Edited", x=2)
        server.reload()
        assert new_calls() == ["retire_model m", "unload_model m 1", "deinit 1", "init 2", "load_model m 1 2"]
        assert served(server, "m") == 2.0
    assert new_calls() == ["retire_model m", "unload_model m 1", "deinit 2"]


def test_a_request_cannot_name_a_loader(tmp_path: Path) -> None:
    """What a client sends as a model's name is looked up, never imported."""
    marker = tmp_path / "imported"
    file = python_loader.write(tmp_path / "evil.py", f"open({str(marker)!r}, 'w').close()")
    document = configuration.document([])
    with ovserve.Server(document, port=None) as server, pytest.raises(ovserve.NotFoundError):
        server.infer(f"{file}:X", {"b": ONES})
    assert not marker.exists()


IN_PLACE = """
import weakref
import numpy as np
import ovserve

class Table(np.ndarray): ...

given = []
events = []

class InPlace(ovserve.CustomLoader):
    def load_model(self, name, base_path, version, options):
        xml, weights = open(base_path + "/1/model.xml", "rb"), base_path + "/1/model.bin"
        with xml:
            text = xml.read()
        table = np.fromfile(weights, np.uint8).view(Table)
        given.append(weakref.ref(table, lambda _: events.append("freed")))
        return ovserve.ModelBuffers("IR", text, table)
    def unload_model(self, name, version):
        events.append("unload_model")
"""


def test_a_compiled_model_reads_the_loaders_own_memory_and_lets_go_of_it(
    tmp_path: Path, eventually: Eventually
) -> None:
    file = python_loader.write(tmp_path / "in_place.py", IN_PLACE)
    model = configuration.model(
        "m", models.write(models.lookup(), tmp_path / "m"), custom_loader_options={"loader_name": "x"}
    )
    document = configuration.document([model], [configuration.loader("x", Path(f"{file}:InPlace"))])
    config = configuration.write(tmp_path / "config.json", document)
    with ovserve.Server(config, port=None, poll_interval_s=0) as server:
        (module,) = (
            module
            for name, module in sys.modules.items()
            if name.startswith("ovserve_loader_") and name.endswith("in_place")
        )
        asked = np.array([1, 3], np.int32)
        assert server.infer("m", {"i": asked})["rows"][:, 0].tolist() == [1.0, 3.0]
        gc.collect()
        table = module.given[0]()
        assert table is not None, "the loader's array is gone while the model reads it"
        # What is written into the loader's array is what the compiled model reads: they are one memory.
        table.view(np.float32)[: 4 * 256] += 10
        assert server.infer("m", {"i": asked})["rows"][:, 0].tolist() == [11.0, 13.0]
        del table
        assert module.events == []
        configuration.write(config, configuration.document([], document["custom_loader_config_list"]))
        server.reload()
        assert module.events == ["freed", "unload_model"]


HOLDS_THE_GIL = """
import ctypes
import sys
import ovserve
from pathlib import Path

class Holds(ovserve.CustomLoader):
    def load_model(self, name, base_path, version, options):
        folder = Path(base_path, str(version))
        xml, weights = (folder / "model.xml").read_bytes(), (folder / "model.bin").read_bytes()
        if name == "slow":
            # PyDLL keeps the GIL for the call: nothing of Python runs until the shell has read a line.
            ctypes.PyDLL(None).system(b"echo held; read line")
        return ovserve.ModelBuffers("IR", xml, weights)
"""

# The configuration is applied by a reload on a thread of its own, whose loader then holds the GIL.
PROGRAM = """
import sys
import threading
import ovserve
config, full = sys.argv[1:]
with ovserve.Server(config, rest_port=0, poll_interval_s=0, grpc_frontend="native") as server:
    print(server.grpc_port, flush=True)
    open(config, "w").write(open(full).read())
    server.reload()
    print("released", server.status("slow")[0].state, flush=True)
    sys.stdin.readline()
"""


def test_a_loader_that_holds_the_gil_stops_no_native_inference(tmp_path: Path, protos: Protos) -> None:
    file = python_loader.write(tmp_path / "holds.py", HOLDS_THE_GIL)
    loaders = [configuration.loader("x", Path(f"{file}:Holds"))]
    quick = python_loader.model(tmp_path, "quick", "x")
    slow = python_loader.model(tmp_path, "slow", "x")
    config = configuration.write(tmp_path / "config.json", configuration.document([quick], loaders))
    full = configuration.write(tmp_path / "full.json", configuration.document([quick, slow], loaders))
    # Unbuffered, so that the shell finds the line that is meant for it and takes nothing else.
    command = [sys.executable, "-u", "-c", PROGRAM, str(config), str(full)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            port = int(process.stdout.readline())
            assert process.stdout.readline() == "held\n"
            with GrpcClient(f"127.0.0.1:{port}", protos) as client:
                for _ in range(100):
                    assert client.predict("quick", {"b": ONES})["a"][0, 0] == 2.0
                process.stdin.write("\n")
                process.stdin.flush()
                assert process.stdout.readline() == "released AVAILABLE\n"
                assert client.predict("slow", {"b": ONES})["a"][0, 0] == 2.0
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.wait(60) == 0
        finally:
            process.kill()


HANGS = """
import time
import ovserve
class Hangs(ovserve.CustomLoader):
    def load_model(self, name, base_path, version, options):
        print("hangs", flush=True)
        while True:
            time.sleep(0.01)
"""

# The server is stopped while the loader hangs, then the interpreter ends under the loader's feet.
ENDS = """
import sys
import time
from ovserve.config.schema import ServerOptions
import ovserve

class GoesLast:
    # Time for the loader's thread to ask for the GIL when it cannot have it any more.
    def __del__(self, sleep=time.sleep):
        sleep(0.2)

goes_last = GoesLast()
options = ServerOptions(port=None, config_path=sys.argv[1], loader_call_deadline_s=0.2, drain_s=0.2)
server = ovserve.Server.from_options(options).start()
print("clean", server.stop(), flush=True)
"""


def test_the_interpreter_ends_while_a_loader_hangs(tmp_path: Path) -> None:
    file = python_loader.write(tmp_path / "hangs.py", HANGS)
    entry = python_loader.model(tmp_path, "m", "x")
    document = configuration.document([entry], [configuration.loader("x", Path(f"{file}:Hangs"))])
    config = configuration.write(tmp_path / "config.json", document)
    ended = subprocess.run(
        [sys.executable, "-c", ENDS, str(config)], capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    assert "terminate called" not in ended.stderr
    assert "Fatal Python error" not in ended.stderr
    assert ended.stdout == "hangs\nclean False\n"


def test_blacklisting(tmp_path: Path, eventually: Eventually) -> None:
    file = python_loader.write(
        tmp_path / "licensed.py",
        python_loader.READS_FILES
        + """
class Licensed(Reader):
    def load_model(self, name, base_path, version, options):
        if self.blacklist_status(name, version) is ovserve.BlacklistStatus.BLACKLISTED:
            raise ovserve.ModelBlacklistedError("no licence")
        return super().load_model(name, base_path, version, options)
    def init(self, config_file):
        self.licence = Path(config_file)
    def blacklist_status(self, name, version):
        return ovserve.BlacklistStatus("allowed" if self.licence.exists() else "blacklisted")
""",
    )
    licence = tmp_path / "licence"
    document = configuration.document(
        [python_loader.model(tmp_path, "m", "x")],
        [configuration.loader("x", Path(f"{file}:Licensed"), str(licence))],
    )
    with ovserve.Server(document, port=None, poll_interval_s=0.05) as server:
        eventually(lambda: server.status("m")[0].state == "END")
        licence.touch()
        eventually(lambda: server.status("m")[0].state == "AVAILABLE")
        assert served(server, "m") == 2.0
        licence.unlink()
        eventually(lambda: server.status("m")[0].state == "END")
