"""A loader's life with one model: what the server does, from init to deinit."""

import gc
import os
import time
from collections.abc import Callable
from typing import Any, TypeVar

from ovserve.errors import FailedPreconditionError, OvserveError
from ovserve.loaders.library import LoadedModel, Loader, LoaderLibrary
from ovserve.workbench.check.library_steps import code_of_making
from ovserve.workbench.check.openvino_model import OpenVinoModel, UnusableModelError
from ovserve.workbench.check.plain_text import WatchedFolders, samples_of
from ovserve.workbench.check.process_state import children, process_state, wait_until_gone
from ovserve.workbench.check.report import CheckRequest
from ovserve.workbench.check.stepping import Broken, NotRun, Stepping

_REPEATS = 3
_LONGEST_REPEATED_S = 2.0
_SLOW_ANSWER_S = 0.5
_FOR_ENDING_S = 3.0
_MIB = 1 << 20

_Result = TypeVar("_Result")

_FUNCTIONS = {
    "C++": (
        "loaderInit",
        "loadModel",
        "getModelBlacklistStatus",
        "unloadModel",
        "retireModel",
        "loaderDeInit",
    ),
    "C": ("init", "load", "blacklist_status", "unload", "retire", "deinit"),
    "Python": ("init", "load_model", "blacklist_status", "unload_model", "retire_model", "deinit"),
}


class ModelSteps:
    """The steps from init on; without a base path only those that need no model."""

    def __init__(
        self,
        stepping: Stepping,
        request: CheckRequest,
        kind: str,
        folders: WatchedFolders,
    ) -> None:
        self._stepping = stepping
        self._request = request
        self._openvino = OpenVinoModel() if request.base_path else None
        self._folders = folders
        self._init, self._load, self._ask, self._unload, self._retire, self._deinit = _FUNCTIONS[kind]
        self._loader: Loader | None = None
        self._loaded: LoadedModel | None = None
        self._asked_to_load = False
        self._load_s = 0.0
        self._samples: list[bytes] = []
        self._bytes = 0

    def run(self) -> None:
        """Take all of them."""
        run = self._stepping.run
        run("init", self._run_init, self._init)
        run("load", self._run_load, self._load)
        run("compile", self._run_compile)
        run("inference", self._run_inference)
        run("blacklist", self._run_blacklist, self._ask)
        run("unload", self._run_unload, self._unload)
        run("repeat", self._run_repeat, f"{self._load} and {self._unload}")
        run("deinit", self._run_deinit, f"{self._retire} and {self._deinit}")
        run("afterwards", self._look_afterwards)

    def _run_init(self) -> str:
        try:
            self._loader = LoaderLibrary(self._request.library).create(
                self._request.config_file, name="checked"
            )
        except OvserveError as error:
            text = str(error)
            code = "init-failed" if f"{self._init} " in text else code_of_making(text)
            raise Broken(code, text) from None
        return f"config file {self._request.config_file}" if self._request.config_file else "no config file"

    def _run_load(self) -> str:
        loader = self._with_model()
        self._asked_to_load = True
        began = time.perf_counter()
        self._loaded = self._called_load(loader)
        self._load_s = time.perf_counter() - began
        model, weights = self._loaded.model, self._loaded.weights
        self._samples = samples_of(model, weights)
        self._bytes = len(model) + len(weights)
        parts = [f"{self._loaded.kind}, model {_amount(len(model))}"]
        parts += [f"weights {_amount(len(weights))}"] if self._loaded.kind == "IR" else []
        return ", ".join(parts)

    def _run_compile(self) -> str:
        if self._loaded is None or self._openvino is None:
            raise NotRun("nothing was loaded")
        try:
            return self._openvino.compile(self._loaded)
        except UnusableModelError as error:
            raise Broken("not-a-model", f"OpenVINO cannot use it: {error}") from None

    def _run_inference(self) -> str:
        if self._openvino is None or not self._openvino.compiled:
            raise NotRun("nothing was compiled")
        try:
            return self._openvino.infer()
        except UnusableModelError as error:
            raise Broken("inference-failed", str(error)) from None

    def _run_blacklist(self) -> str:
        loader = self._with_model()
        began = time.perf_counter()
        answer = self._call(
            "blacklist-failed", lambda: loader.blacklisted(self._request.model_name, self._request.version)
        )
        needed = time.perf_counter() - began
        if needed > _SLOW_ANSWER_S:
            self._stepping.report(
                "blacklist-slow",
                "blacklist",
                f"{self._ask} took {needed:.1f} s; it is asked about every version in every poll",
            )
        if answer and self._loaded is not None:
            self._stepping.report(
                "blacklisted",
                "blacklist",
                f"{self._ask} refuses the version that {self._load} has just loaded",
            )
        return "blacklisted" if answer else "allowed"

    def _run_unload(self) -> str:
        loader = self._with_model()
        if not self._asked_to_load:
            raise NotRun("nothing was loaded")
        while_loaded = self._folders.files_with(self._samples)
        if while_loaded:
            self._stepping.report("plain-text-while-loaded", "load", _files_text(while_loaded))
        # As in the server: first everything that reads the buffers goes, then the loader hears of it.
        if self._openvino is not None:
            self._openvino.free()
        loaded, self._loaded = self._loaded is not None, None
        gc.collect()
        self._call("unload-failed", lambda: loader.unload(self._request.model_name, self._request.version))
        return "" if loaded else "of the load that failed, as the server does"

    def _run_repeat(self) -> str:
        loader = self._with_model()
        if not self._bytes:
            raise NotRun("nothing was loaded")
        if self._load_s > _LONGEST_REPEATED_S:
            raise NotRun(f"one load takes {self._load_s:.1f} s")
        memory = []
        for _ in range(_REPEATS):
            try:
                self._called_load(loader)
                loader.unload(self._request.model_name, self._request.version)
            except (Broken, OvserveError) as error:
                raise Broken(
                    "repeat-failed", f"the first load worked, a later one did not: {error}"
                ) from None
            gc.collect()
            memory.append(process_state().memory_bytes)
        grown = (memory[-1] - memory[0]) / (_REPEATS - 1)
        if grown > max(self._bytes / 2, _MIB):
            self._stepping.report(
                "memory-kept",
                "repeat",
                f"each load and unload leaves {_amount(int(grown))}; the model has {_amount(self._bytes)}",
            )
        return f"{_REPEATS} times"

    def _run_deinit(self) -> str:
        if self._loader is None:
            raise NotRun("there is no loader")
        loader, self._loader = self._loader, None
        if self._asked_to_load:
            try:
                loader.retire(self._request.model_name)
            except OvserveError as error:
                self._stepping.report("retire-failed", "deinit", str(error))
        self._call("deinit-failed", loader.deinit)
        return ""

    def _look_afterwards(self) -> str:
        stepping = self._stepping
        gc.collect()
        threads = wait_until_gone(set(stepping.threads), lambda: process_state().threads, _FOR_ENDING_S)
        if threads:
            names = ", ".join(sorted(threads.values()))
            stepping.report(
                "threads-left", "afterwards", f"{len(threads)} still running after the end: {names}"
            )
        processes = wait_until_gone(stepping.processes, children, _FOR_ENDING_S)
        if processes:
            names = ", ".join(f"{name} ({number})" for number, name in sorted(processes.items()))
            stepping.report(
                "processes-left", "afterwards", f"{len(processes)} still running after the end: {names}"
            )
        now = process_state().descriptors
        descriptors = [target for number, target in stepping.descriptors.items() if now.get(number) == target]
        if descriptors:
            names = ", ".join(sorted(descriptors)[:4])
            stepping.report("descriptors-left", "afterwards", f"{len(descriptors)} still open: {names}")
        files = self._folders.files_with(self._samples)
        if files:
            stepping.report("plain-text-left", "afterwards", _files_text(files))
        return "nothing is left"

    def _with_model(self) -> Loader:
        if self._loader is None:
            raise NotRun("there is no loader")
        if not self._request.base_path:
            raise NotRun("needs --base-path")
        return self._loader

    def _called_load(self, loader: Loader) -> LoadedModel:
        request = self._request
        options: dict[str, Any] = {"loader_name": "checked", **request.options}
        try:
            return loader.load(
                request.model_name, os.path.abspath(request.base_path), request.version, options
            )
        except FailedPreconditionError as error:
            raise Broken("load-blacklisted", str(error)) from None
        except OvserveError as error:
            raise Broken(_code_of_load(str(error)), str(error)) from None

    def _call(self, code: str, function: Callable[[], _Result]) -> _Result:
        try:
            return function()
        except OvserveError as error:
            raise Broken(code, str(error)) from None


def _code_of_load(message: str) -> str:
    if "does not say what it loaded" in message:
        return "no-model-type"
    return "empty-model" if "empty" in message else "load-failed"


def _files_text(files: list[str]) -> str:
    more = f" and {len(files) - 3} more" if len(files) > 3 else ""
    return f"the model's bytes are in {', '.join(files[:3])}{more}"


def _amount(size: int) -> str:
    if size < 1024:
        return f"{size} B"
    return f"{size / 1024:.1f} KiB" if size < _MIB else f"{size / _MIB:.1f} MiB"
