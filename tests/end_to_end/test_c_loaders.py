"""Loaders of the C interface through a whole server: their memory, and changes that they push."""

import mmap
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import ovserve
from harness import configuration, models
from harness.c_loader import compile_c_loader

Eventually = Callable[[Callable[[], bool]], None]

# Shares the pages of the weights with the file, and notes in config_file what is done with them. While it
# lives it reads commands from a pipe beside that file: b blacklists everything, a allows it. With "wait" in
# its options, a load lasts until nobody wants it any more.
LOADER = """
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const ovserve_host_api* server;
static char notes[4096];
static atomic_int blacklisted;
static ovserve_host own;
static pthread_t reader;
static int pipe_end;

static void note(const char* what) {
  FILE* file = fopen(notes, "a");
  fprintf(file, "%s\\n", what);
  fclose(file);
}
static void* obey(void* unused) {
  char command;
  while (read(pipe_end, &command, 1) == 1 && command != 'e') {
    blacklisted = command == 'b';
    server->blacklist_changed(own);
  }
  return unused;
}
static ovserve_status init(ovserve_host host, ovserve_call c, const char* config, void** l, char* m,
                           uint64_t s) {
  char commands[5000];
  own = host;
  snprintf(notes, sizeof notes, "%s", config);
  snprintf(commands, sizeof commands, "%s.commands", config);
  pipe_end = open(commands, O_RDWR);
  return pthread_create(&reader, 0, obey, 0) == 0 ? OVSERVE_OK : OVSERVE_INTERNAL_ERROR;
}
static void give_back(void* context, const void* data, uint64_t size) {
  note(context);
  munmap((void*)data, size);
}
static int share(const char* base_path, const char* name, char* context, ovserve_buffer* buffer) {
  char path[5000];
  struct stat status;
  snprintf(path, sizeof path, "%s/1/%s", base_path, name);
  const int file = open(path, O_RDONLY);
  if (file < 0 || fstat(file, &status) != 0) return 0;
  buffer->data = mmap(0, status.st_size, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  buffer->size = status.st_size;
  buffer->release = give_back;
  buffer->context = context;
  return buffer->data != MAP_FAILED;
}
static ovserve_status load(void* l, ovserve_call call, const ovserve_load_request* request,
                           ovserve_model* model, char* message, uint64_t size) {
  if (strstr(request->options, "wait") != NULL) {
    note("waiting");
    while (!server->cancelled(call)) usleep(1000);
    note("cancelled");
    return OVSERVE_MODEL_LOAD_ERROR;
  }
  const int shared = share(request->base_path, "model.xml", "release model", &model->model) &&
                     share(request->base_path, "model.bin", "release weights", &model->weights);
  return shared ? OVSERVE_MODEL_TYPE_IR : OVSERVE_MODEL_LOAD_ERROR;
}
static ovserve_status blacklist_status(void* l, ovserve_call c, const char* model, int64_t v, char* m,
                                       uint64_t s) {
  return blacklisted ? OVSERVE_MODEL_BLACKLISTED : OVSERVE_OK;
}
static ovserve_status unload(void* l, ovserve_call c, const char* model, int64_t v, char* m, uint64_t s) {
  note("unload");
  return OVSERVE_OK;
}
static ovserve_status deinit(void* l, ovserve_call c, char* m, uint64_t s) {
  if (write(pipe_end, "e", 1) != 1) return OVSERVE_INTERNAL_ERROR;
  pthread_join(reader, 0);
  close(pipe_end);
  note("deinit");
  return OVSERVE_OK;
}
OVSERVE_LOADER_EXPORT
const ovserve_loader_api* ovserve_loader_v1(const ovserve_host_api* host, char* m, uint64_t s) {
  static const ovserve_loader_api table = {
      sizeof table, OVSERVE_LOADER_ABI_VERSION, 0, init, load, blacklist_status, unload, 0, deinit};
  server = host;
  return &table;
}
"""

ASKED = np.array([1, 3], np.int32)


class Sharing:
    """A server whose only model comes from that loader."""

    def __init__(self, folder: Path, poll_interval_s: float = 0) -> None:
        self.base_path = models.write(models.lookup(), folder / "m")
        self.notes_file = folder / "notes"
        self.notes_file.touch()
        os.mkfifo(f"{self.notes_file}.commands")
        library = compile_c_loader(LOADER, folder / "libsharing.so")
        self.model = configuration.model("m", self.base_path, custom_loader_options={"loader_name": "c"})
        self.loaders = [configuration.loader("c", library, str(self.notes_file))]
        self.config = configuration.write(
            folder / "config.json", configuration.document([self.model], self.loaders)
        )
        self.server = ovserve.Server(self.config, port=None, poll_interval_s=poll_interval_s)

    def answer(self) -> list[float]:
        rows: list[float] = self.server.infer("m", {"i": ASKED})["rows"][:, 0].tolist()
        return rows

    def notes(self) -> list[str]:
        return self.notes_file.read_text().splitlines()

    def push(self, command: str) -> None:
        with open(f"{self.notes_file}.commands", "w") as pipe:
            pipe.write(command)

    def state(self) -> str:
        return self.server.status("m")[0].state


@pytest.fixture
def sharing(tmp_path: Path) -> Iterator[Sharing]:
    sharing = Sharing(tmp_path)
    with sharing.server:
        yield sharing


def test_a_served_model_reads_the_loaders_pages_and_gives_them_back_once(sharing: Sharing) -> None:
    assert sharing.answer() == [1.0, 3.0]
    assert sharing.notes() == ["release model"]
    # What is written into the file is what the compiled model reads: nothing lies between it and the pages.
    with open(sharing.base_path / "1/model.bin", "r+b") as file, mmap.mmap(file.fileno(), 0) as pages:
        table = np.frombuffer(pages, np.float32, 4 * 256)
        table += 10
        del table
    assert sharing.answer() == [11.0, 13.0]
    configuration.write(sharing.config, configuration.document([], sharing.loaders))
    sharing.server.reload()
    assert sharing.notes() == ["release model", "release weights", "unload"]
    sharing.server.stop()
    assert sharing.notes() == ["release model", "release weights", "unload", "deinit"]


def test_a_push_switches_off_and_on_without_a_poll(sharing: Sharing, eventually: Eventually) -> None:
    life = ["release model", "release weights", "unload"]
    for round_number in (1, 2):
        assert sharing.answer() == [1.0, 3.0]
        sharing.push("b")
        eventually(lambda: sharing.state() == "END")
        with pytest.raises(ovserve.NotFoundError):
            sharing.answer()
        assert sharing.notes() == life * round_number
        sharing.push("a")
        eventually(lambda: sharing.state() == "AVAILABLE")
    assert sharing.answer() == [1.0, 3.0]


def test_a_load_that_nobody_wants_is_told_so(tmp_path: Path, eventually: Eventually) -> None:
    """Long before it is overdue: the model leaves the configuration while it is being loaded."""
    sharing = Sharing(tmp_path, poll_interval_s=0.05)
    options = {"loader_name": "c", "key": "wait"}
    waiting = configuration.model("w", sharing.base_path, custom_loader_options=options)
    with sharing.server:
        configuration.write(sharing.config, configuration.document([sharing.model, waiting], sharing.loaders))
        eventually(lambda: "waiting" in sharing.notes())
        configuration.write(sharing.config, configuration.document([sharing.model], sharing.loaders))
        eventually(lambda: "unload" in sharing.notes())
        assert sharing.notes() == ["release model", "waiting", "cancelled", "unload"]
        assert sharing.answer() == [1.0, 3.0]
