/* A loader in C that does what it is told to: by the environment (the exported function), by its configuration's text
 * (init, deinit, questions) and by the options' text (load). Built as C99, pedantically. */
#include <ovserve/c_loader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct loader_state {
  char behaviour[64];
} loader_state;

static const ovserve_host_api* host_api;
static ovserve_host last_host;
static ovserve_call last_call;
static int released;
static int deinits;
static const void* last_released;
static char static_model[] = "static model";

static void release_heap(void* context, const void* data, uint64_t size) {
  (void)size;
  ++*(int*)context;
  last_released = data;
  free((void*)data);
}

static void release_nothing(void* context, const void* data, uint64_t size) {
  (void)size;
  ++*(int*)context;
  last_released = data;
}

static ovserve_buffer heap_buffer(const char* text) {
  ovserve_buffer buffer = {NULL, 0, release_heap, &released};
  char* copy = malloc(strlen(text) + 1);
  strcpy(copy, text);
  buffer.data = copy;
  buffer.size = strlen(text);
  return buffer;
}

static ovserve_status say(char* message, uint64_t size, const char* text, ovserve_status status) {
  snprintf(message, (size_t)size, "%s", text);
  return status;
}

static int is(const char* behaviour, const char* name) { return strcmp(behaviour, name) == 0; }

/* What any function can be told to return. Below 0: nothing special. */
static ovserve_status misbehave(const char* behaviour, char* message, uint64_t size) {
  if (is(behaviour, "error")) return say(message, size, "the key is missing", OVSERVE_INTERNAL_ERROR);
  if (is(behaviour, "blacklisted")) return OVSERVE_MODEL_BLACKLISTED;
  if (is(behaviour, "status_99")) return 99;
  if (is(behaviour, "status_minus_1")) return -1;
  if (is(behaviour, "unterminated")) {
    memset(message, 'x', (size_t)size);
    return OVSERVE_INTERNAL_ERROR;
  }
  if (is(behaviour, "not_utf8")) return say(message, size, "bad \xff\xc0 text\nsecond line", OVSERVE_INTERNAL_ERROR);
  return -2;
}

static ovserve_status init(ovserve_host host, ovserve_call call, const char* config_file, void** loader, char* message,
                           uint64_t size) {
  loader_state* state;
  ovserve_status status = misbehave(config_file, message, size);
  last_host = host;
  last_call = call;
  if (status != -2) return status;
  if (is(config_file, "keeps_nothing")) return OVSERVE_OK;
  state = calloc(1, sizeof *state);
  snprintf(state->behaviour, sizeof state->behaviour, "%s", config_file);
  *loader = state;
  return OVSERVE_OK;
}

static void tell_much(ovserve_call call) {
  host_api->log(last_host, OVSERVE_LOG_WARNING, "a warning");
  host_api->log(last_host, 1234, "an unknown level");
  host_api->log(last_host, OVSERVE_LOG_ERROR, NULL);
  host_api->log(last_host, OVSERVE_LOG_ERROR, "bad \xff bytes");
  host_api->progress(call, 0.25, "decrypting");
  host_api->progress(call, -1, NULL);
  host_api->blacklist_changed(last_host);
}

static ovserve_status load(void* loader, ovserve_call call, const ovserve_load_request* request, ovserve_model* model,
                           char* message, uint64_t size) {
  const char* behaviour = request->options;
  ovserve_status status = misbehave(behaviour, message, size);
  (void)loader;
  last_call = call;
  if (is(behaviour, "arguments")) {
    char text[256];
    snprintf(text, sizeof text, "%s|%s|%ld", request->model_name, request->base_path, (long)request->version);
    model->model = heap_buffer(text);
    return OVSERVE_MODEL_TYPE_ONNX;
  }
  if (is(behaviour, "returns_ok")) return OVSERVE_OK;
  if (is(behaviour, "empty")) return OVSERVE_MODEL_TYPE_ONNX;
  if (is(behaviour, "blacklisted_why")) return say(message, size, "licence expired", OVSERVE_MODEL_BLACKLISTED);
  if (is(behaviour, "static")) {
    model->model.data = static_model;
    model->model.size = sizeof static_model - 1;
    return OVSERVE_MODEL_TYPE_BLOB;
  }
  if (is(behaviour, "null_with_length")) {
    model->model = heap_buffer("<net/>");
    model->weights.size = 4096;
    model->weights.release = release_nothing;
    model->weights.context = &released;
    return OVSERVE_MODEL_TYPE_IR;
  }
  if (is(behaviour, "huge_length")) {
    model->model.data = static_model;
    model->model.size = UINT64_MAX - 5;
    model->model.release = release_nothing;
    model->model.context = &released;
    return OVSERVE_MODEL_TYPE_ONNX;
  }
  if (is(behaviour, "wait_until_cancelled")) {
    while (!host_api->cancelled(call)) continue;
    return say(message, size, "gave up", OVSERVE_MODEL_LOAD_ERROR);
  }
  if (is(behaviour, "tell")) tell_much(call);
  model->model = heap_buffer("<net/>");
  model->weights = heap_buffer("weights");
  if (is(behaviour, "fails_after_filling")) return say(message, size, "too late", OVSERVE_MODEL_LOAD_ERROR);
  if (is(behaviour, "onnx_with_weights")) return OVSERVE_MODEL_TYPE_ONNX;
  return status == -2 ? OVSERVE_MODEL_TYPE_IR : status;
}

static ovserve_status blacklist_status(void* loader, ovserve_call call, const char* model_name, int64_t version,
                                       char* message, uint64_t size) {
  const ovserve_status status = misbehave(model_name, message, size);
  (void)loader, (void)call, (void)version;
  return status == -2 ? OVSERVE_OK : status;
}

static ovserve_status unload(void* loader, ovserve_call call, const char* model_name, int64_t version, char* message,
                             uint64_t size) {
  return blacklist_status(loader, call, model_name, version, message, size);
}

static ovserve_status retire(void* loader, ovserve_call call, const char* model_name, char* message, uint64_t size) {
  return blacklist_status(loader, call, model_name, 0, message, size);
}

static ovserve_status deinit(void* loader, ovserve_call call, char* message, uint64_t size) {
  const loader_state* state = loader;
  const int fails = state != NULL && is(state->behaviour, "deinit_fails");
  (void)call;
  ++deinits;
  free(loader);
  return fails ? say(message, size, "threads do not end", OVSERVE_INTERNAL_ERROR) : OVSERVE_OK;
}

OVSERVE_LOADER_EXPORT const ovserve_loader_api* ovserve_loader_v1(const ovserve_host_api* host, char* message,
                                                                  uint64_t size) {
  static ovserve_loader_api table;
  const ovserve_loader_api whole = {
      sizeof whole, OVSERVE_LOADER_ABI_VERSION, 0, init, load, blacklist_status, unload, retire, deinit};
  const char* behaviour = getenv("HOSTILE_C_LOADER");
  host_api = host;
  table = whole;
  if (behaviour == NULL) behaviour = "";
  if (is(behaviour, "null")) return NULL;
  if (is(behaviour, "null_with_reason")) {
    say(message, size, "needs revision 9", 0);
    return NULL;
  }
  if (is(behaviour, "small")) table.struct_size = 24;
  if (is(behaviour, "size_0")) table.struct_size = 0;
  if (is(behaviour, "larger")) table.struct_size = UINT64_MAX;
  if (is(behaviour, "version_0")) table.abi_version = 0;
  if (is(behaviour, "version_7")) table.abi_version = 7;
  if (is(behaviour, "no_init")) table.init = NULL;
  if (is(behaviour, "no_load")) table.load = NULL;
  if (is(behaviour, "no_deinit")) table.deinit = NULL;
  if (is(behaviour, "least")) {
    table.blacklist_status = NULL;
    table.unload = NULL;
    table.retire = NULL;
  }
  return &table;
}

/* For the tests. */
OVSERVE_LOADER_EXPORT int released_buffers(void) { return released; }
OVSERVE_LOADER_EXPORT const void* last_released_data(void) { return last_released; }
OVSERVE_LOADER_EXPORT int deinit_calls(void) { return deinits; }
OVSERVE_LOADER_EXPORT uint64_t last_call_number(void) { return last_call; }
OVSERVE_LOADER_EXPORT uint64_t last_host_number(void) { return last_host; }
OVSERVE_LOADER_EXPORT const ovserve_host_api* server_functions(void) { return host_api; }
