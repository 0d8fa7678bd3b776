/* A custom loader: it hands models to the server from memory that it lends. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <inttypes.h>
#include <ovserve/c_loader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

static const char* const MODEL_FILE = "model.xml";
static const char* const WEIGHTS_FILE = "model.bin";
static const char* const DISABLED = "disabled";

/* A version that the server has asked for, which it goes on asking about. */
typedef struct version_entry {
  struct version_entry* next;
  int64_t version;
  char folder[PATH_SIZE];
  char name[];
} version_entry;

typedef struct loader_state {
  ovserve_host host;
  version_entry* versions;
} loader_state;

static const ovserve_host_api* server;

static ovserve_status init(ovserve_host host, ovserve_call call, const char* config_file, void** loader, char* message,
                           uint64_t message_size) {
  loader_state* self = calloc(1, sizeof *self);
  (void)call, (void)config_file; /* loader_config_file of the configuration: a good place for keys and licences */
  if (self == NULL) {
    snprintf(message, message_size, "no memory");
    return OVSERVE_INTERNAL_ERROR;
  }
  self->host = host;
  *loader = self;
  server->log(host, OVSERVE_LOG_INFO, "@NAME@ is there");
  return OVSERVE_OK;
}

static version_entry* find(const loader_state* self, const char* name, int64_t version) {
  version_entry* entry = self->versions;
  while (entry != NULL && (entry->version != version || strcmp(entry->name, name) != 0)) entry = entry->next;
  return entry;
}

static version_entry* find_or_add(loader_state* self, const char* name, int64_t version) {
  version_entry* entry = find(self, name, version);
  if (entry != NULL) return entry;
  entry = calloc(1, sizeof *entry + strlen(name) + 1);
  if (entry == NULL) return NULL;
  strcpy(entry->name, name);
  entry->version = version;
  entry->next = self->versions;
  self->versions = entry;
  return entry;
}

static int is_disabled(const version_entry* entry) {
  char path[PATH_SIZE + 16];
  snprintf(path, sizeof path, "%s/%s", entry->folder, DISABLED);
  return access(path, F_OK) == 0;
}

static void give_back(void* context, const void* data, uint64_t size) {
  (void)data, (void)size;
  free(context);
}

/* Decrypt here, for instance: nothing has to be plain on disk. 0, or errno. */
static int read_file(const char* path, ovserve_buffer* buffer) {
  FILE* file = fopen(path, "rb");
  long size;
  void* bytes;
  int reason = 0;
  if (file == NULL) return errno;
  if (fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0) {
    reason = errno;
  } else if ((bytes = malloc(size > 0 ? (size_t)size : 1)) == NULL) {
    reason = ENOMEM;
  } else if (fread(bytes, 1, (size_t)size, file) != (size_t)size) {
    reason = EIO;
    free(bytes);
  } else {
    buffer->data = buffer->context = bytes;
    buffer->size = (uint64_t)size;
    buffer->release = give_back; /* once, when the server has done with it */
  }
  fclose(file);
  return reason;
}

static ovserve_status load(void* loader, ovserve_call call, const ovserve_load_request* request, ovserve_model* model,
                           char* message, uint64_t message_size) {
  version_entry* entry = find_or_add(loader, request->model_name, request->version);
  const char* const files[] = {MODEL_FILE, WEIGHTS_FILE};
  ovserve_buffer* const buffers[] = {&model->model, &model->weights};
  int length;
  (void)call; /* of what takes long: server->progress(call, ...), server->cancelled(call) */
  if (entry == NULL) {
    snprintf(message, message_size, "no memory");
    return OVSERVE_MODEL_LOAD_ERROR;
  }
  length = snprintf(entry->folder, sizeof entry->folder, "%s/%" PRId64, request->base_path, request->version);
  if (length < 0 || length >= PATH_SIZE) {
    entry->folder[0] = '\0';
    snprintf(message, message_size, "the path is too long");
    return OVSERVE_MODEL_LOAD_ERROR;
  }
  if (is_disabled(entry)) return OVSERVE_MODEL_BLACKLISTED;
  for (int i = 0; i < 2; ++i) {
    char path[PATH_SIZE + 16];
    int reason;
    snprintf(path, sizeof path, "%s/%s", entry->folder, files[i]);
    reason = read_file(path, buffers[i]);
    if (reason != 0) {
      snprintf(message, message_size, "%s: %s", path, strerror(reason));
      return OVSERVE_MODEL_LOAD_ERROR;
    }
  }
  return OVSERVE_MODEL_TYPE_IR;
}

/* Asked in every poll cycle, also about versions that were unloaded. Ask licence servers in a thread of your own, answer
 * from memory, and tell of a change at once by server->blacklist_changed(self->host). */
static ovserve_status blacklist_status(void* loader, ovserve_call call, const char* model_name, int64_t version,
                                       char* message, uint64_t message_size) {
  const version_entry* entry = find(loader, model_name, version);
  (void)call, (void)message, (void)message_size;
  return entry != NULL && is_disabled(entry) ? OVSERVE_MODEL_BLACKLISTED : OVSERVE_OK;
}

/* Frees the entries of a model, or all of them. */
static void forget(loader_state* self, const char* name) {
  version_entry** link = &self->versions;
  while (*link != NULL) {
    version_entry* entry = *link;
    if (name == NULL || strcmp(entry->name, name) == 0) {
      *link = entry->next;
      free(entry);
    } else {
      link = &entry->next;
    }
  }
}

static ovserve_status retire(void* loader, ovserve_call call, const char* model_name, char* message,
                             uint64_t message_size) {
  (void)call, (void)message, (void)message_size;
  forget(loader, model_name);
  return OVSERVE_OK;
}

/* Stop your threads here. */
static ovserve_status deinit(void* loader, ovserve_call call, char* message, uint64_t message_size) {
  (void)call, (void)message, (void)message_size;
  forget(loader, NULL);
  free(loader);
  return OVSERVE_OK;
}

OVSERVE_LOADER_EXPORT const ovserve_loader_api* ovserve_loader_v1(const ovserve_host_api* host, char* message,
                                                                  uint64_t message_size) {
  /* There is nothing to do for unload: the memory has been given back. */
  static const ovserve_loader_api functions = {
      sizeof(ovserve_loader_api), OVSERVE_LOADER_ABI_VERSION, 0, init, load, blacklist_status, NULL, retire, deinit};
  if (host->struct_size < sizeof *host) {
    snprintf(message, message_size, "this server is older than the loader");
    return NULL;
  }
  server = host;
  return &functions;
}
