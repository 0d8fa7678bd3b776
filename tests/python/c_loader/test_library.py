"""Libraries of the C interface, one function at a time, also those that do everything wrong."""

import gc
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ovserve.c_loader import CallFailedError, CLoaderLibrary, Host, LogLevel, Status
from ovserve.errors import InternalError

Compile = Callable[[str], Path]

# A loader that notes what it is asked, in its host's log.
LOADER = """
static const ovserve_host_api* server;
static ovserve_host own;
static char memory[6] = "memory";
static int released;

static ovserve_status init(ovserve_host host, ovserve_call call, const char* config, void** loader,
                           char* message, uint64_t size) {
  if (strcmp(config, "refused") == 0) {
    snprintf(message, size, "no licence");
    return OVSERVE_INTERNAL_ERROR;
  }
  own = host;
  *loader = memory;
  server->log(host, OVSERVE_LOG_WARNING, config);
  server->log(host, 77, "level 77");
  return server->remaining_ms(call) > 0 && !server->cancelled(call) ? OVSERVE_OK : OVSERVE_INTERNAL_ERROR;
}
static void give_back(void* context, const void* data, uint64_t size) {
  char text[64];
  snprintf(text, sizeof text, "released %s %d %d", (const char*)context, data == memory, (int)size);
  ++released;
  server->log(own, OVSERVE_LOG_INFO, text);
}
static ovserve_status load(void* loader, ovserve_call call, const ovserve_load_request* request,
                           ovserve_model* model, char* message, uint64_t size) {
  char text[256];
  snprintf(text, sizeof text, "%s %s %d %s", request->model_name, request->base_path, (int)request->version,
           request->options);
  server->log(own, OVSERVE_LOG_DEBUG, text);
  server->progress(call, 7, text);
  server->progress(call, -1, NULL);
  model->model.data = memory;
  model->model.size = 6;
  model->model.release = model->weights.release = give_back;
  model->model.context = "model";
  model->weights.context = "weights";
  if (request->version == 1) return OVSERVE_MODEL_TYPE_ONNX;
  if (request->version == 99) return 99;
  memset(message, 'x', size);
  return OVSERVE_MODEL_BLACKLISTED;
}
static ovserve_status blacklist_status(void* l, ovserve_call c, const char* model, int64_t version, char* m,
                                       uint64_t s) {
  server->blacklist_changed(own);
  return version == 1 ? OVSERVE_OK : version == 2 ? OVSERVE_MODEL_BLACKLISTED : (int)version;
}
static ovserve_status retire(void* l, ovserve_call c, const char* model, char* m, uint64_t s) {
  snprintf(m, s, "%s stays", model);
  return OVSERVE_INTERNAL_ERROR;
}
static ovserve_status deinit(void* loader, ovserve_call c, char* m, uint64_t s) {
  server->log(own, OVSERVE_LOG_ERROR, loader == memory ? "the end" : "another loader");
  return OVSERVE_OK;
}
"""
ENTRY = """
OVSERVE_LOADER_EXPORT
const ovserve_loader_api* ovserve_loader_v1(const ovserve_host_api* host, char* m, uint64_t s) {
  static ovserve_loader_api table = { %s };
  server = host;
  return &table;
}
"""
WHOLE = "sizeof(ovserve_loader_api), 1, 0, init, load, blacklist_status, 0, retire, deinit"


@pytest.fixture
def library(compiled: Compile) -> CLoaderLibrary:
    return CLoaderLibrary(compiled(LOADER + ENTRY % WHOLE))


def texts(host: Host) -> list[str]:
    return [text for _, text in host.log_lines]


def test_a_whole_life(library: CLoaderLibrary) -> None:
    host = Host()
    with library.create("its file", host=host) as loader:
        options = {"loader_name": "x", "key": "ä"}
        loaded = loader.load("m", "/base", 1, options)
        assert (loaded.kind, bytes(loaded.model), bytes(loaded.weights)) == ("ONNX", b"memory", b"")
        loaded.close()
        assert loader.blacklist_status("m", 1) is Status.OK
        assert loader.blacklist_status("m", 2) is Status.MODEL_BLACKLISTED
        assert loader.blacklist_status("m", 50) == 50
        loader.unload("m", 1)  # which the table lacks
        with pytest.raises(CallFailedError, match=r"retire returned INTERNAL_ERROR \(6\): m stays"):
            loader.retire("m")
    loader.deinit()  # the second time nothing happens
    asked = f"m /base 1 {json.dumps(options, separators=(',', ':'))}"
    assert host.log_lines[:2] == [(LogLevel.WARNING, "its file"), (LogLevel.INFO, "level 77")]
    assert sorted(texts(host)[2:5]) == [asked, "released model 1 6", "released weights 0 0"]
    assert texts(host)[5:] == ["the end"]
    assert [(each.fraction, each.text) for each in host.progress] == [(1.0, asked), (None, "")]
    assert host.blacklist_changes == 3


def test_memory_is_released_once_and_not_before_all_views_are_gone(library: CLoaderLibrary) -> None:
    host = Host()
    with library.create(host=host) as loader:
        loaded = loader.load("m", "", 1, {})
        array = np.frombuffer(loaded.model, np.uint8)
        loaded.close()
        del loaded
        gc.collect()
        assert "released model 1 6" not in texts(host)
        assert array.tobytes() == b"memory"
        assert not array.flags.writeable
        del array
        gc.collect()
        assert texts(host).count("released model 1 6") == 1


@pytest.mark.parametrize(
    ("version", "status", "text"),
    [(2, Status.MODEL_BLACKLISTED, "x" * 1000), (99, 99, "")],
)
def test_what_a_failed_load_handed_over_is_released(
    library: CLoaderLibrary, version: int, status: int, text: str
) -> None:
    host = Host()
    with library.create(host=host) as loader:
        with pytest.raises(CallFailedError) as caught:
            loader.load("m", "", version, "not even JSON")
        assert (caught.value.function, caught.value.status) == ("load", status)
        assert caught.value.text.startswith(text[:999])
        del caught
        gc.collect()
        assert texts(host).count("released model 1 6") == 1


def test_a_refusing_init(library: CLoaderLibrary) -> None:
    with pytest.raises(CallFailedError, match=r"init returned INTERNAL_ERROR \(6\): no licence"):
        library.create("refused")


def test_deadlines_and_cancelling(library: CLoaderLibrary) -> None:
    cancelled = Host()
    cancelled.cancel()
    for host in (cancelled, Host(deadline_s=0)):
        with pytest.raises(CallFailedError, match="init returned"):
            library.create(host=host)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("8, 1, 0, init, load, 0, 0, 0, deinit", "struct_size is 8, expected 64 or more"),
        (
            "sizeof(ovserve_loader_api), 9, 0, init, load, 0, 0, 0, deinit",
            "abi_version is 9, expected 1 to 1",
        ),
        ("sizeof(ovserve_loader_api), 1, 0, init, 0, 0, 0, 0, deinit", "init, load or deinit is missing"),
    ],
)
def test_tables_that_cannot_be_used(compiled: Compile, table: str, problem: str) -> None:
    with pytest.raises(InternalError, match=problem):
        CLoaderLibrary(compiled(LOADER + ENTRY % table)).create()


def test_no_table(compiled: Compile) -> None:
    code = """
    OVSERVE_LOADER_EXPORT
    const ovserve_loader_api* ovserve_loader_v1(const ovserve_host_api* h, char* m, uint64_t s) {
      snprintf(m, s, "too old"); return 0;
    }
    """
    with pytest.raises(InternalError, match="ovserve_loader_v1 returned null: too old"):
        CLoaderLibrary(compiled(code)).create()


def test_libraries_that_are_none(compiled: Compile, tmp_path: Path) -> None:
    with pytest.raises(InternalError, match="ovserve_loader_v1"):
        CLoaderLibrary(compiled("int nothing;"))
    with pytest.raises(InternalError, match=r"nothing\.so"):
        CLoaderLibrary(tmp_path / "nothing.so")
