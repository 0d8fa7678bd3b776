"""Every code that a check can give, how bad it is, and what to do about it."""

from dataclasses import dataclass

from ovserve.workbench.check.report import Finding, Severity


@dataclass(frozen=True, slots=True)
class _Kind:
    severity: Severity
    cure: str


_DEBUG = (
    "build the loader with -g -fsanitize=address,undefined, or run this command below gdb: "
    "gdb --args python -m ovserve loader check ..."
)
_DEADLINE = "give network and lock waits a time limit, and do long work in a thread of your own"

CATALOGUE: dict[str, _Kind] = {
    "no-file": _Kind("error", "name the library that was built, relative to this folder or absolute"),
    "wrong-machine": _Kind("error", "build it for this machine"),
    "not-a-library": _Kind("error", "link it with g++ -shared -fPIC, and copy it whole"),
    "missing-library": _Kind(
        "error", "install it, or put its folder into the library with -Wl,-rpath,'$ORIGIN' or LD_LIBRARY_PATH"
    ),
    "no-factory": _Kind("error", 'define createCustomLoader, and declare it extern "C"'),
    "string-abi": _Kind("error", "rebuild it with g++ and libstdc++'s default string ABI"),
    "other-header": _Kind("error", "rebuild it with the header that `ovserve --includes` names"),
    "abi-version": _Kind("error", "rebuild it with the header that `ovserve --includes` names"),
    "undefined-symbol": _Kind("error", "link the library that defines it, and check with ldd -r"),
    "no-class": _Kind("error", "name a class derived from ovserve.CustomLoader"),
    "import-failed": _Kind("error", "run the file with python by itself, and install what it imports"),
    "factory-failed": _Kind("error", "return a new object, and do what can fail in loaderInit instead"),
    "init-failed": _Kind("error", "return OK, or write the reason to standard error; mind --config-file"),
    "load-failed": _Kind("error", "compare --base-path, --version and --options with what the loader reads"),
    "load-blacklisted": _Kind("error", "allow the version for this check, or check another one"),
    "no-model-type": _Kind(
        "error", "return MODEL_TYPE_IR, MODEL_TYPE_ONNX or MODEL_TYPE_BLOB, which say what was loaded"
    ),
    "empty-model": _Kind("error", "fill modelBuffer before you return; of an IR it holds the XML"),
    "not-a-model": _Kind(
        "error", "compare the buffers with the files that OpenVINO reads: XML text and .bin for an IR"
    ),
    "inference-failed": _Kind(
        "error", "run the same model from its files; if that works, compare the weights"
    ),
    "blacklist-failed": _Kind("error", "answer from memory, and return OK for what you know nothing of"),
    "blacklist-slow": _Kind("warning", "answer from memory, and look at files or servers in your own thread"),
    "blacklisted": _Kind(
        "warning", "a server would take the version out at the next poll; refuse it in load"
    ),
    "unload-failed": _Kind("error", "forget the version and return OK, also for one whose load failed"),
    "retire-failed": _Kind("error", "forget the model and return OK"),
    "repeat-failed": _Kind("error", "expect load and unload of one version any number of times"),
    "memory-kept": _Kind("warning", "free in unloadModel what loadModel allocated beside the two buffers"),
    "deinit-failed": _Kind("error", "end what runs and return OK"),
    "threads-left": _Kind("error", "stop and join them in loaderDeInit (Python: deinit)"),
    "descriptors-left": _Kind(
        "error", "close them after use, at the latest in loaderDeInit (Python: deinit)"
    ),
    "processes-left": _Kind("error", "end and wait for them in loaderDeInit (Python: deinit)"),
    "plain-text-left": _Kind(
        "error", "decrypt into memory; never write what the model consists of to a file"
    ),
    "plain-text-while-loaded": _Kind("warning", "decrypt into memory; a crash would leave the file behind"),
    "crash": _Kind("error", _DEBUG),
    "ended-process": _Kind("error", "never call exit or abort: throw an exception, or return a failure"),
    "time-limit": _Kind("error", _DEADLINE),
    "checker-failed": _Kind("error", "please report this with the output"),
}


def finding(code: str, step: str, cause: str, cure: str = "") -> Finding:
    """Return a finding of the catalogue; ``cure`` where more is known than the catalogue says."""
    kind = CATALOGUE[code]
    return Finding(code, kind.severity, step, cause, cure or kind.cure)
