#include "engine/thread_binding.h"

#include <cstdlib>
#include <string>
#include <system_error>

namespace ovserve {
namespace {

namespace fs = std::filesystem;

// node0, node1, ...: each has memory of its own.
std::size_t memory_nodes(const fs::path& devices) {
  std::size_t count = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(devices / "system" / "node", error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("node") && name.find_first_not_of("0123456789", 4) == std::string::npos && name.size() > 4) {
      ++count;
    }
  }
  return count;
}

// Processors of several kinds are counted by devices of their own.
bool has_small_processors(const fs::path& devices) {
  std::error_code error;
  return fs::exists(devices / "cpu_atom", error) || fs::exists(devices / "cpu_lowpower", error);
}

}  // namespace

bool processors_are_alike(const fs::path& devices) {
  return memory_nodes(devices) == 1 && !has_small_processors(devices);
}

void leave_threads_unbound() {
  // TBB asks hwloc, which binds nothing on a machine that it is told is not this one.
  if (processors_are_alike("/sys/devices")) ::setenv("HWLOC_THISSYSTEM", "0", 0);
}

}  // namespace ovserve
