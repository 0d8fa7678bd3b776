/*
 * The custom loader interface of ovserve in plain C, for loaders in C, C++, Rust, Go, Zig or any other
 * language that can export a C function. Server and loader share no C++ runtime and no allocator.
 *
 * A loader is a shared library that exports one function:
 *
 *     const ovserve_loader_api *ovserve_loader_v1(const ovserve_host_api *host,
 *                                                 char *message, uint64_t message_size);
 *
 * The server calls it once for each loader that its configuration names, and then the functions of
 * the table that it returned: init, then for each model version load, blacklist_status and
 * unload, for a model that leaves retire, and at last deinit.
 *
 * Threads: the server never makes two calls into one library at a time, and makes all of them from one
 * thread. The exception is `release` of a buffer, which comes from any thread at any time, also after
 * deinit. All functions of the host may be called from any thread at any time, also after deinit.
 *
 * Text is UTF-8 and ends with a zero byte. What the server hands over is valid until the call returns.
 * Whatever the server reads of a loader's text is bounded, made printable and cut after 1000 bytes.
 *
 * Exceptions and panics must not leave a function (the server stops C++ exceptions nevertheless).
 *
 * Growing: structures only grow at their end, and each begins with its size, so that both sides know what
 * the other one has. A change that old loaders cannot bear gets another exported name.
 *
 * A library may export createCustomLoader of the C++ interface as well, for servers that know only that;
 * ovserve then uses ovserve_loader_v1.
 *
 * Parsers of C declarations, such as Python's cffi, read this file once the lines that begin with '#' are taken
 * out, and with them what lies between `#ifdef __cplusplus` and its `#endif`.
 */
#ifndef OVSERVE_C_LOADER_H
#define OVSERVE_C_LOADER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The revision of the interface that this header describes. */
enum ovserve_loader_abi { OVSERVE_LOADER_ABI_VERSION = 1 };

/* What the functions of a loader return, with the numbers of ovms::CustomLoaderStatus. */
typedef int32_t ovserve_status;
enum ovserve_status_code {
  OVSERVE_OK = 0,                /* success; of load it is none, which has to say what it loaded */
  OVSERVE_MODEL_TYPE_IR = 1,     /* load: OpenVINO IR, the XML text in `model`, the .bin content in `weights` */
  OVSERVE_MODEL_TYPE_ONNX = 2,   /* load: an ONNX protobuf in `model` */
  OVSERVE_MODEL_TYPE_BLOB = 3,   /* load: a compiled model in `model` */
  OVSERVE_MODEL_LOAD_ERROR = 4,  /* load: not possible; it is tried again */
  OVSERVE_MODEL_BLACKLISTED = 5, /* must not be served at present */
  OVSERVE_INTERNAL_ERROR = 6     /* any other failure */
};

enum ovserve_log_level {
  OVSERVE_LOG_TRACE = 0,
  OVSERVE_LOG_DEBUG = 1,
  OVSERVE_LOG_INFO = 2,
  OVSERVE_LOG_WARNING = 3,
  OVSERVE_LOG_ERROR = 4
};

/* One loader in the server. Never 0. It may be used for ever: after deinit it does nothing. */
typedef uint64_t ovserve_host;

/* One call of the server. Never 0. Once that call has returned it counts as cancelled. */
typedef uint64_t ovserve_call;

/* What the server offers. The table lives as long as the process. */
typedef struct ovserve_host_api {
  uint64_t struct_size; /* of the server's table: functions beyond it are not there */
  uint32_t abi_version; /* the newest revision that the server knows */
  uint32_t reserved;    /* 0 */

  /* Writes a line to the server's log, with an ovserve_log_level. */
  void (*log)(ovserve_host host, int32_t level, const char* text);

  /* The loader would now answer blacklist_status in another way than before: the server asks at once instead
   * of with its next poll. Cheap; many calls in a row become one round of questions. */
  void (*blacklist_changed)(ovserve_host host);

  /* Milliseconds until this call is reported as overdue, 0 if it is; INT64_MAX if nobody minds. */
  int64_t (*remaining_ms)(ovserve_call call);

  /* Not 0: the result of this call is not wanted any more, since the server stops, the loader or the model leaves,
   * or the call is overdue. Return as soon as possible, with any failure. */
  int32_t (*cancelled)(ovserve_call call);

  /* How far this call is: 0 to 1, below 0 if unknown, and what is being done, or NULL. For the log, and for
   * the message when the call takes too long. */
  void (*progress)(ovserve_call call, double fraction, const char* text);
} ovserve_host_api;

/* Memory that a loader lends to the server: no byte of it is copied or written.
 *
 * The server calls release exactly once when it needs the memory no more, whatever load returned, also
 * for an empty buffer; NULL: there is nothing to be given back. The memory must stay valid and unchanged
 * until then. `release` gets the other members: an mmap needs no context. */
typedef struct ovserve_buffer {
  const void* data;
  uint64_t size;
  void (*release)(void* context, const void* data, uint64_t size);
  void* context;
} ovserve_buffer;

/* What load fills. It comes zeroed, apart from its size. */
typedef struct ovserve_model {
  uint64_t struct_size;
  ovserve_buffer model;
  ovserve_buffer weights; /* of an IR; ignored, but released, for the others */
} ovserve_model;

/* What load is asked for. */
typedef struct ovserve_load_request {
  uint64_t struct_size;
  const char* model_name;
  const char* base_path; /* the model's folder; version directories lie in it, and need hold nothing */
  int64_t version;
  const char* options; /* custom_loader_options as JSON, loader_name included */
} ovserve_load_request;

/* The functions of a loader. `loader` is what init gave. Every function but init, load and deinit may be NULL:
 * nothing to do, and OVSERVE_OK. `message` is a buffer of the server's that comes empty: the reason of a failure goes
 * there, as snprintf(message, message_size, ...) writes it. */
typedef struct ovserve_loader_api {
  uint64_t struct_size; /* sizeof(ovserve_loader_api) */
  uint32_t abi_version; /* OVSERVE_LOADER_ABI_VERSION, or the server's if that is smaller and will do */
  uint32_t reserved;    /* 0 */

  /* Makes a loader. `config_file` is the configuration's loader_config_file as written there, "" if there is none.
   * `*loader` may stay NULL if nothing needs to be kept. After a failure no other function is called. */
  ovserve_status (*init)(ovserve_host host, ovserve_call call, const char* config_file, void** loader, char* message,
                         uint64_t message_size);

  /* Loads one version: one of OVSERVE_MODEL_TYPE_... for success. */
  ovserve_status (*load)(void* loader, ovserve_call call, const ovserve_load_request* request, ovserve_model* model,
                         char* message, uint64_t message_size);

  /* Whether a version may be served: OVSERVE_OK or OVSERVE_MODEL_BLACKLISTED. OVSERVE_INTERNAL_ERROR: not known now,
   * which leaves things as they are unless the configuration says otherwise; any other status blacklists. Asked in
   * every poll of the server, so answer from memory. */
  ovserve_status (*blacklist_status)(void* loader, ovserve_call call, const char* model_name, int64_t version,
                                     char* message, uint64_t message_size);

  /* The server has released everything it had of this version. Once for each load, failed ones included. */
  ovserve_status (*unload)(void* loader, ovserve_call call, const char* model_name, int64_t version, char* message,
                           uint64_t message_size);

  /* The model leaves with all its versions; their unloads follow. */
  ovserve_status (*retire)(void* loader, ovserve_call call, const char* model_name, char* message,
                           uint64_t message_size);

  /* The last call: free `loader`, and end the threads it started. */
  ovserve_status (*deinit)(void* loader, ovserve_call call, char* message, uint64_t message_size);
} ovserve_loader_api;

/* The function that a loader exports. The table it returns lives as long as the process, and may be the same one
 * each time. NULL: this server will not do, with the reason in `message`. */
const ovserve_loader_api* ovserve_loader_v1(const ovserve_host_api* host, char* message, uint64_t message_size);

#ifdef __cplusplus
}
#endif

/* Before its definition: visible whatever the compiler's options say. */
#if defined(__cplusplus)
#define OVSERVE_LOADER_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define OVSERVE_LOADER_EXPORT __attribute__((visibility("default")))
#endif

#endif
