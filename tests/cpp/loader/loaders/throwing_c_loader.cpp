// A loader of the C interface, written in C++, whose author forgot that exceptions must not leave it.
#include <ovserve/c_loader.h>

#include <stdexcept>

namespace {

int released = 0;

void release(void* context, const void*, uint64_t) {
  ++*static_cast<int*>(context);
  throw std::runtime_error("release boom");
}

ovserve_status init(ovserve_host, ovserve_call, const char*, void**, char*, uint64_t) { return OVSERVE_OK; }

ovserve_status load(void*, ovserve_call, const ovserve_load_request*, ovserve_model* model, char*, uint64_t) {
  static const char bytes[] = "bytes";
  model->model = {bytes, sizeof bytes, &release, &released};
  throw std::runtime_error("load boom");
}

ovserve_status deinit(void*, ovserve_call, char*, uint64_t) {
  throw 42;  // NOLINT(bugprone-std-exception-baseclass): user code
}

}  // namespace

OVSERVE_LOADER_EXPORT const ovserve_loader_api* ovserve_loader_v1(const ovserve_host_api*, char*, uint64_t) {
  static const ovserve_loader_api table = {
      sizeof table, OVSERVE_LOADER_ABI_VERSION, 0, &init, &load, nullptr, nullptr, nullptr, &deinit};
  return &table;
}

OVSERVE_LOADER_EXPORT int released_buffers() { return released; }
