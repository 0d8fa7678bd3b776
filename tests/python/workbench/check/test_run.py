"""Every finding, each with a loader that has that fault and no other."""

import os
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import models
from ovserve.errors import InvalidArgumentError
from ovserve.workbench.check.catalogue import CATALOGUE
from ovserve.workbench.check.report import STEPS, CheckReport, CheckRequest, Finding
from ovserve.workbench.check.run import check_loader

Compile = Callable[..., Path]


def check(
    library: Path | str, models: Path | None = None, fault: str = "", config: str = "", limit_s: float = 60
) -> CheckReport:
    base_path = "" if models is None else str(models)
    return check_loader(
        CheckRequest(str(library), config, base_path, 1, {"fault": fault}, "checked", step_limit_s=limit_s)
    )


def only_finding(report: CheckReport) -> Finding:
    assert len(report.findings) == 1, report
    return report.findings[0]


def result_of(report: CheckReport, step: str) -> str:
    return next(entry.result for entry in report.steps if entry.name == step)


def test_a_good_loader_passes_every_step(broken_library: Path, model_folder: Path) -> None:
    report = check(broken_library, model_folder)
    assert report.passed
    assert (report.kind, report.findings) == ("C++", [])
    assert [(step.name, step.result) for step in report.steps] == [(name, "passed") for name in STEPS]
    measured = {step.name: step for step in report.steps}
    assert all(measured[name].seconds is not None for name in STEPS if name != "exit")
    assert (measured["load"].memory_bytes or 0) > 2e6
    assert "IR" in measured["load"].detail
    assert "f32" in measured["inference"].detail


def test_without_a_model_only_what_needs_none_is_done(broken_library: Path) -> None:
    report = check(broken_library)
    assert report.passed
    skipped = {step.name for step in report.steps if step.result == "skipped"}
    assert skipped == {"load", "compile", "inference", "blacklist", "unload", "repeat"}


# What the option "fault" or the configuration text makes the loader do: code, step, words of cause and cure.
WHILE_RUNNING = [
    ("init-throws", "init-failed", "init", "no licence server", "standard error"),
    ("init-fails", "init-failed", "init", "INTERNAL_ERROR", "standard error"),
    ("init-crashes", "crash", "init", "SIGABRT during loaderInit", "gdb"),
    ("load-throws", "load-failed", "load", "the key is missing", "--options"),
    ("load-blacklisted", "load-blacklisted", "load", "MODEL_BLACKLISTED", "allow the version"),
    ("load-crashes", "crash", "load", "SIGSEGV during loadModel", "-fsanitize"),
    ("load-exits", "ended-process", "load", "exit code 3 during loadModel", "throw an exception"),
    ("load-exits-well", "ended-process", "load", "exit code 0 during loadModel", "never call exit"),
    ("second-load-fails", "repeat-failed", "repeat", "MODEL_LOAD_ERROR", "any number of times"),
    ("says-ok", "no-model-type", "load", "OK (0)", "MODEL_TYPE_IR"),
    ("empty", "empty-model", "load", "modelBuffer empty", "fill modelBuffer"),
    ("garbage", "not-a-model", "compile", "OpenVINO cannot use it", ".bin"),
    ("leaks-memory", "memory-kept", "repeat", "3.8 MiB", "unloadModel"),
    ("leaks-descriptor", "descriptors-left", "afterwards", "model.bin", "close"),
    ("leaks-process", "processes-left", "afterwards", "still running", "wait for them"),
    ("writes-and-keeps", "plain-text-left", "afterwards", "plain-", "into memory"),
    ("writes-and-removes", "plain-text-while-loaded", "load", "plain-", "into memory"),
    ("blacklist-throws", "blacklist-failed", "blacklist", "licence server is down", "from memory"),
    ("blacklist-slow", "blacklist-slow", "blacklist", "getModelBlacklistStatus took", "own thread"),
    ("blacklists", "blacklisted", "blacklist", "just loaded", "refuse it in load"),
    ("unload-fails", "unload-failed", "unload", "INTERNAL_ERROR", "forget the version"),
    ("retire-fails", "retire-failed", "deinit", "retireModel", "forget the model"),
    ("deinit-throws", "deinit-failed", "deinit", "still busy", "return OK"),
    ("thread", "threads-left", "afterwards", "1 still running", "join"),
    ("crashes-at-exit", "crash", "exit", "SIGABRT during the end of the process", "gdb"),
]
BY_CONFIGURATION = {"init-throws", "init-fails", "init-crashes", "deinit-throws", "thread", "crashes-at-exit"}
# What comes with the fault itself: files that are left were there before; no unload, no second one.
COMPANIONS = {"writes-and-keeps": {"plain-text-while-loaded"}, "unload-fails": {"repeat-failed"}}


@pytest.mark.parametrize(
    ("fault", "code", "step", "cause", "cure"), WHILE_RUNNING, ids=lambda value: value[:24]
)
def test_faults_of_running_loaders(
    broken_library: Path, model_folder: Path, fault: str, code: str, step: str, cause: str, cure: str
) -> None:
    config = fault if fault in BY_CONFIGURATION else ""
    report = check(broken_library, model_folder, "" if config else fault, config)
    found = {finding.code: finding for finding in report.findings}
    assert set(found) == {code} | COMPANIONS.get(fault, set()), report
    finding = found[code]
    assert finding.step == step
    assert cause in finding.cause
    assert cure in finding.cure
    assert report.passed is (CATALOGUE[code].severity == "warning")
    if finding.severity == "error":
        assert result_of(report, step) == "failed"
    assert [entry.name for entry in report.steps] == list(STEPS)


def test_a_call_that_hangs_ends_with_the_time_limit(broken_library: Path, model_folder: Path) -> None:
    report = check(broken_library, model_folder, "load-hangs", limit_s=3)
    finding = only_finding(report)
    assert (finding.code, finding.step) == ("time-limit", "load")
    assert "loadModel did not end within 3 s" in finding.cause
    assert "time limit" in finding.cure
    assert result_of(report, "unload") == "skipped"


def test_weights_that_do_not_fit_the_model(broken_library: Path, model_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "1"
    folder.mkdir()
    (folder / "model.xml").write_bytes((model_folder / "1/model.xml").read_bytes())
    (folder / "model.bin").write_bytes(bytes(10))
    finding = only_finding(check(broken_library, tmp_path))
    assert (finding.code, finding.step) == ("not-a-model", "compile")


def test_the_words_of_a_loader_are_kept(broken_library: Path, model_folder: Path) -> None:
    report = check(broken_library, model_folder, "load-crashes")
    assert "Fatal Python error: Segmentation fault" in report.output


@pytest.mark.parametrize(
    ("behaviour", "cause"), [("null", "createCustomLoader returned null"), ("throws", "cannot be made")]
)
def test_factories_that_fail(
    broken_library: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str, cause: str
) -> None:
    monkeypatch.setenv("BROKEN_LOADER_FACTORY", behaviour)
    report = check(broken_library)
    finding = only_finding(report)
    assert (finding.code, finding.step) == ("factory-failed", "factory")
    assert cause in finding.cause
    assert "loaderInit" in finding.cure
    assert result_of(report, "init") == "skipped"


def expect(report: CheckReport, code: str, step: str, cause: str, cure: str) -> None:
    finding = only_finding(report)
    assert (finding.code, finding.step) == (code, step)
    assert cause in finding.cause
    assert cure in finding.cure
    assert not report.passed


def test_files_that_are_no_libraries(tmp_path: Path, compiled: Compile, foreign_library: Path) -> None:
    text = tmp_path / "libtext.so"
    text.write_text("not a library")
    expect(check(tmp_path / "none.so"), "no-file", "file", "does not exist", "name the library")
    expect(check(tmp_path), "no-file", "file", "a folder", "name the library")
    expect(check(text), "not-a-library", "file", "not in ELF format", "-shared")
    object_file = compiled("broken_loader.cpp", shared=False)
    expect(check(object_file), "not-a-library", "file", "an object file", "g++ -shared")
    expect(check(foreign_library), "wrong-machine", "file", "S/390", "build it for this machine")


def test_a_library_that_is_not_there(compiled: Compile, tmp_path: Path) -> None:
    source = tmp_path / "needed.c"
    source.write_text("int of_the_needed_library() { return 1; }\n")
    needed = tmp_path / "libneeded_here.so"
    subprocess.run(["gcc", "-shared", "-fPIC", str(source), "-o", str(needed)], check=True)
    library = compiled("broken_loader.cpp", "-DNEEDED", f"-L{tmp_path}", "-lneeded_here")
    needed.unlink()
    expect(check(library), "missing-library", "needed libraries", "libneeded_here.so", "-rpath")


def test_libraries_that_do_not_fit_the_interface(compiled: Compile) -> None:
    no_factory = compiled("broken_loader.cpp", "-DNO_FACTORY")
    expect(check(no_factory), "no-factory", "symbols", "createCustomLoader", 'extern "C"')
    hidden = compiled("broken_loader.cpp", "-fvisibility=hidden")
    expect(check(hidden), "no-factory", "symbols", "createCustomLoader", "-fvisibility=hidden")
    old_strings = compiled("broken_loader.cpp", "-D_GLIBCXX_USE_CXX11_ABI=0")
    expect(check(old_strings), "string-abi", "string ABI", "old std::string ABI", "without -D")
    draft = compiled("draft_loader.cpp")
    expect(check(draft), "other-header", "ABI", "loadModel", "ovserve --includes")
    undefined = compiled("broken_loader.cpp", "-DUNDEFINED")
    expect(check(undefined), "undefined-symbol", "factory", "nobody_defines_this", "link the library")


C_TABLE = """
#include <ovserve/c_loader.h>
static ovserve_status init(ovserve_host h, ovserve_call c, const char* f, void** l, char* m, uint64_t s) {{
  (void)h; (void)c; (void)f; (void)l; (void)m; (void)s; return {init};
}}
static ovserve_status load(void* l, ovserve_call c, const ovserve_load_request* r, ovserve_model* o, char* m,
                           uint64_t s) {{
  (void)l; (void)c; (void)r; (void)o; (void)m; (void)s; return OVSERVE_MODEL_TYPE_IR;
}}
static ovserve_status deinit(void* l, ovserve_call c, char* m, uint64_t s) {{
  (void)l; (void)c; (void)m; (void)s; return OVSERVE_OK;
}}
static ovserve_loader_api table = {{ {size}, {version}, 0, init, load, 0, 0, 0, deinit }};
OVSERVE_LOADER_EXPORT
const ovserve_loader_api* ovserve_loader_v1(const ovserve_host_api* h, char* m, uint64_t s) {{
  (void)h; (void)m; (void)s; return &table;
}}
"""


@pytest.mark.parametrize(
    ("init", "size", "version", "code", "step"),
    [
        ("OVSERVE_OK", "sizeof(ovserve_loader_api)", "77", "abi-version", "init"),
        ("OVSERVE_OK", "16", "1", "abi-version", "init"),
        ("OVSERVE_INTERNAL_ERROR", "sizeof(ovserve_loader_api)", "1", "init-failed", "init"),
        ("OVSERVE_OK", "sizeof(ovserve_loader_api)", "1", "empty-model", "load"),
    ],
)
def test_loaders_in_c(
    tmp_path: Path, model_folder: Path, init: str, size: str, version: str, code: str, step: str
) -> None:
    source = tmp_path / "loader.c"
    source.write_text(C_TABLE.format(init=init, size=size, version=version))
    library = tmp_path / "libloader.so"
    headers = Path(__file__).parents[4] / "cpp/include"
    subprocess.run(["gcc", "-shared", "-fPIC", f"-I{headers}", str(source), "-o", str(library)], check=True)
    report = check(library, model_folder)
    assert report.kind == "C"
    finding = only_finding(report)
    assert (finding.code, finding.step) == (code, step)


PYTHON_LOADER = """
import os, threading, time
from pathlib import Path
import ovserve

class Loader(ovserve.CustomLoader):
    def load_model(self, name, base_path, version, options):
        folder = Path(base_path, str(version))
        {load}
        model, weights = ((folder / name).read_bytes() for name in ("model.xml", "model.bin"))
        return ovserve.ModelBuffers("IR", model, weights)
    {more}
"""


def python_loader(folder: Path, load: str = "pass", more: str = "", text: str = "") -> str:
    (folder / "loader.py").write_text(text or PYTHON_LOADER.format(load=load, more=more))
    return f"{folder / 'loader.py'}:Loader"


def test_a_good_loader_in_python(tmp_path: Path, model_folder: Path) -> None:
    report = check(python_loader(tmp_path), model_folder)
    assert (report.kind, report.findings) == ("Python", [])
    of_no_account = {step.name for step in report.steps if step.result == "skipped"}
    assert of_no_account == {"needed libraries", "symbols", "string ABI", "ABI"}


@pytest.mark.parametrize(
    ("load", "more", "code", "step"),
    [
        ("raise ValueError('no key')", "", "load-failed", "load"),
        ("os._exit(0)", "", "ended-process", "load"),
        ("os.abort()", "", "crash", "load"),
        ("Path('/dev/shm', f'plain-{os.getpid()}').write_bytes((folder / 'model.bin').read_bytes())",
         "def unload_model(self, *version): Path(f'/dev/shm/plain-{os.getpid()}').unlink(missing_ok=True)",
         "plain-text-while-loaded", "load"),
        ("return 42", "", "load-failed", "load"),
        ("threading.Thread(target=time.sleep, args=[999], daemon=True).start()", "",
         "threads-left", "afterwards"),
        ("pass", "def __init__(self, needed): pass", "factory-failed", "factory"),
    ],
)  # fmt: skip
def test_broken_loaders_in_python(
    tmp_path: Path, model_folder: Path, load: str, more: str, code: str, step: str
) -> None:
    finding = only_finding(check(python_loader(tmp_path, load, more), model_folder))
    assert (finding.code, finding.step) == (code, step)


@pytest.mark.parametrize(
    ("text", "code", "step", "cause"),
    [
        ("class Other: pass", "no-class", "factory", "has no class Loader"),
        ("import nothing_of_that_name", "import-failed", "factory", "nothing_of_that_name"),
        ("raise SystemExit(3)", "import-failed", "factory", "SystemExit"),
        ("class Loader(", "import-failed", "file", "loader.py"),
    ],
)
def test_files_that_are_no_python_loaders(
    tmp_path: Path, text: str, code: str, step: str, cause: str
) -> None:
    expect(check(python_loader(tmp_path, text=text)), code, step, cause, "")


@pytest.mark.parametrize(("number", "codes"), [(5, []), (-5, ["inference-failed"])])
def test_weights_that_show_to_be_wrong_only_when_used(
    tmp_path: Path, number: float, codes: list[str]
) -> None:
    models.write(models.rows(5), tmp_path / "rows")
    wrong = f"weights.replace({struct.pack('<f', 5)}, {struct.pack('<f', number)}))"
    text = PYTHON_LOADER.format(load="pass", more="").replace("weights)\n", f"{wrong}\n")
    report = check(python_loader(tmp_path, text=text), tmp_path / "rows")
    assert [(each.code, each.step) for each in report.findings] == [(code, "inference") for code in codes]


def test_requests_that_make_no_sense(tmp_path: Path, broken_library: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="needs its class"):
        check("loader.py")
    with pytest.raises(InvalidArgumentError, match="there is no such folder"):
        check(broken_library, tmp_path / "nothing")


def test_every_code_has_a_loader_here() -> None:
    """But for the checker's own failure."""
    text = Path(__file__).read_text().partition("def test_every_code_has_a_loader_here")[0]
    missing = {code for code in CATALOGUE if f'"{code}"' not in text}
    assert missing == {"checker-failed"}


def test_nothing_is_left_behind(broken_library: Path, model_folder: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))
    check(broken_library, model_folder, "leaks-process")
    assert set(os.listdir("/proc/self/fd")) == before
    commands = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert str(broken_library) not in commands
