#include "engine/extension_library.h"

#include <dlfcn.h>

#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "engine/openvino_reason.h"

namespace ovserve {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, "CPU extension " + path + ": " + why);
}

// RTLD_NOW: a missing symbol shows here and not in the middle of an inference.
void keep_open(const std::string& path) {
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) != nullptr) return;
  const char* reason = dlerror();
  refuse(path, std::string("cannot be opened: ") + (reason == nullptr ? "no reason given" : reason));
}

}  // namespace

void add_extension_library(ov::Core& core, const std::string& path) {
  std::error_code error;
  const auto file = std::filesystem::absolute(path, error);  // a bare name would be searched for elsewhere
  if (error || !std::filesystem::is_regular_file(file, error)) refuse(path, "there is no such file");
  try {
    keep_open(file.string());
    core.add_extension(file.string());
  } catch (const Error&) {
    throw;
  } catch (...) {
    refuse(path, "is no OpenVINO extension library: " + current_openvino_reason());
  }
}

}  // namespace ovserve
