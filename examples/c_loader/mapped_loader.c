/* A custom loader in C that maps model files into memory and lends that memory to the server: nothing is read into a
 * buffer, nothing is copied.
 *
 * A version directory holds one .xml and the .bin of the same name. While it holds a file named `disabled` too, the
 * version is out of service; the server hears of that at once. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <ovserve/c_loader.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, LOOK_EVERY_MS = 200 };

/* A version that the server asked for. It stays on the list, since blacklist_status is asked about versions that are
 * out of service, too. */
typedef struct version_entry {
  char* model_name;
  char* folder;
  int64_t version;
  int disabled;
  struct version_entry* next;
} version_entry;

typedef struct mapped_loader {
  ovserve_host host;
  pthread_t watcher;
  pthread_mutex_t mutex;
  pthread_cond_t end;
  int ending;              /* guarded by mutex */
  version_entry* versions; /* guarded by mutex */
} mapped_loader;

static const ovserve_host_api* server;

static int is_disabled(const char* folder) {
  char path[PATH_SIZE];
  const int length = snprintf(path, sizeof path, "%s/disabled", folder);
  return length < 0 || length >= PATH_SIZE || access(path, F_OK) == 0;
}

/* Looks at the folders from time to time and pushes a change, so that nobody has to poll. */
static void* watch(void* argument) {
  mapped_loader* self = argument;
  pthread_mutex_lock(&self->mutex);
  while (!self->ending) {
    int changed = 0;
    struct timespec until;
    for (version_entry* entry = self->versions; entry != NULL; entry = entry->next) {
      const int disabled = is_disabled(entry->folder);
      changed |= disabled != entry->disabled;
      entry->disabled = disabled;
    }
    if (changed) server->blacklist_changed(self->host);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LOOK_EVERY_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&self->end, &self->mutex, &until);
  }
  pthread_mutex_unlock(&self->mutex);
  return NULL;
}

static ovserve_status init(ovserve_host host, ovserve_call call, const char* config_file, void** loader, char* message,
                           uint64_t message_size) {
  mapped_loader* self = calloc(1, sizeof *self);
  (void)call, (void)config_file;
  if (self == NULL) return OVSERVE_INTERNAL_ERROR;
  self->host = host;
  pthread_mutex_init(&self->mutex, NULL);
  pthread_cond_init(&self->end, NULL);
  if (pthread_create(&self->watcher, NULL, watch, self) != 0) {
    free(self);
    snprintf(message, message_size, "no thread can be started");
    return OVSERVE_INTERNAL_ERROR;
  }
  *loader = self;
  server->log(host, OVSERVE_LOG_INFO, "models are mapped, not read");
  return OVSERVE_OK;
}

static void free_entry(version_entry* entry) {
  free(entry->model_name);
  free(entry->folder);
  free(entry);
}

/* The entry of a version, made if there is none; NULL without memory. Needs the mutex. */
static version_entry* find_or_add(mapped_loader* self, const char* model_name, int64_t version, const char* folder) {
  version_entry* entry = self->versions;
  char* copy = strdup(folder);
  if (copy == NULL) return NULL;
  while (entry != NULL && (entry->version != version || strcmp(entry->model_name, model_name) != 0))
    entry = entry->next;
  if (entry == NULL) {
    entry = calloc(1, sizeof *entry);
    if (entry != NULL) entry->model_name = strdup(model_name);
    if (entry == NULL || entry->model_name == NULL) {
      free(entry);
      free(copy);
      return NULL;
    }
    entry->version = version;
    entry->next = self->versions;
    self->versions = entry;
  }
  free(entry->folder);
  entry->folder = copy;
  entry->disabled = is_disabled(folder);
  return entry;
}

static void unmap(void* context, const void* data, uint64_t size) {
  (void)context;
  munmap((void*)data, (size_t)size);
}

/* Maps a whole file; an empty one needs no memory. 0, or errno. */
static int map_file(const char* path, ovserve_buffer* buffer) {
  struct stat status;
  void* memory = NULL;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno;
  if (fstat(file, &status) != 0) goto failed;
  if (status.st_size > 0) {
    memory = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (memory == MAP_FAILED) goto failed;
    buffer->data = memory;
    buffer->size = (uint64_t)status.st_size;
    buffer->release = unmap;
  }
  close(file);
  return 0;
failed:
  {
    const int reason = errno;
    close(file);
    return reason;
  }
}

static ovserve_status fail(char* message, uint64_t size, const char* path, const char* reason) {
  snprintf(message, (size_t)size, "%s: %s", path, reason);
  return OVSERVE_MODEL_LOAD_ERROR;
}

/* The one .xml of a folder. */
static int find_xml(const char* folder, char* path) {
  char pattern[PATH_SIZE];
  glob_t found;
  int there = 0;
  if (snprintf(pattern, sizeof pattern, "%s/*.xml", folder) >= PATH_SIZE) return 0;
  if (glob(pattern, 0, NULL, &found) != 0) return 0;
  if (found.gl_pathc == 1 && strlen(found.gl_pathv[0]) < PATH_SIZE) {
    strcpy(path, found.gl_pathv[0]);
    there = 1;
  }
  globfree(&found);
  return there;
}

static ovserve_status load(void* loader, ovserve_call call, const ovserve_load_request* request, ovserve_model* model,
                           char* message, uint64_t message_size) {
  mapped_loader* self = loader;
  char folder[PATH_SIZE];
  char path[PATH_SIZE];
  int disabled;
  int reason;
  const int length = snprintf(folder, sizeof folder, "%s/%" PRId64, request->base_path, request->version);
  if (length < 0 || length >= PATH_SIZE)
    return fail(message, message_size, request->base_path, "this path is too long");

  pthread_mutex_lock(&self->mutex);
  {
    const version_entry* entry = find_or_add(self, request->model_name, request->version, folder);
    disabled = entry == NULL ? -1 : entry->disabled;
  }
  pthread_mutex_unlock(&self->mutex);
  if (disabled < 0) return fail(message, message_size, folder, strerror(ENOMEM));
  if (disabled) {
    snprintf(message, message_size, "%s/disabled exists", folder);
    return OVSERVE_MODEL_BLACKLISTED;
  }

  if (!find_xml(folder, path)) return fail(message, message_size, folder, "expected exactly one .xml file");
  server->progress(call, 0.5, "mapping");
  /* What is filled in is released by the server even if the rest fails. */
  reason = map_file(path, &model->model);
  if (reason != 0) return fail(message, message_size, path, strerror(reason));
  strcpy(path + strlen(path) - strlen("xml"), "bin");
  reason = map_file(path, &model->weights);
  if (reason != 0) return fail(message, message_size, path, strerror(reason));
  return OVSERVE_MODEL_TYPE_IR;
}

static ovserve_status blacklist_status(void* loader, ovserve_call call, const char* model_name, int64_t version,
                                       char* message, uint64_t message_size) {
  mapped_loader* self = loader;
  ovserve_status status = OVSERVE_OK;
  (void)call, (void)message, (void)message_size;
  pthread_mutex_lock(&self->mutex);
  for (const version_entry* entry = self->versions; entry != NULL; entry = entry->next) {
    const int same = entry->version == version && strcmp(entry->model_name, model_name) == 0;
    if (same && entry->disabled) status = OVSERVE_MODEL_BLACKLISTED;
  }
  pthread_mutex_unlock(&self->mutex);
  return status;
}

/* The model leaves: nobody will ask about its versions. */
static ovserve_status retire(void* loader, ovserve_call call, const char* model_name, char* message,
                             uint64_t message_size) {
  mapped_loader* self = loader;
  version_entry** link;
  (void)call, (void)message, (void)message_size;
  pthread_mutex_lock(&self->mutex);
  link = &self->versions;
  while (*link != NULL) {
    version_entry* entry = *link;
    if (strcmp(entry->model_name, model_name) == 0) {
      *link = entry->next;
      free_entry(entry);
    } else {
      link = &entry->next;
    }
  }
  pthread_mutex_unlock(&self->mutex);
  return OVSERVE_OK;
}

static ovserve_status deinit(void* loader, ovserve_call call, char* message, uint64_t message_size) {
  mapped_loader* self = loader;
  (void)call, (void)message, (void)message_size;
  pthread_mutex_lock(&self->mutex);
  self->ending = 1;
  pthread_cond_signal(&self->end);
  pthread_mutex_unlock(&self->mutex);
  pthread_join(self->watcher, NULL);
  while (self->versions != NULL) {
    version_entry* entry = self->versions;
    self->versions = entry->next;
    free_entry(entry);
  }
  pthread_cond_destroy(&self->end);
  pthread_mutex_destroy(&self->mutex);
  free(self);
  return OVSERVE_OK;
}

OVSERVE_LOADER_EXPORT const ovserve_loader_api* ovserve_loader_v1(const ovserve_host_api* host, char* message,
                                                                  uint64_t message_size) {
  /* There is nothing to do for unload: memory is given back by its release. */
  static const ovserve_loader_api functions = {
      sizeof(ovserve_loader_api), OVSERVE_LOADER_ABI_VERSION, 0, init, load, blacklist_status, NULL, retire, deinit};
  if (host->struct_size < sizeof *host) {
    snprintf(message, message_size, "this server is older than the loader");
    return NULL;
  }
  server = host;
  return &functions;
}
