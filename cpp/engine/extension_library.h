#pragma once

#include <openvino/runtime/core.hpp>
#include <string>

namespace ovserve {

/// Makes the operations of an OpenVINO extension library known to everything that `core` reads from now
/// on. The library stays loaded until the process ends: models may hold what it made.
/// Throws Error(kInvalidArgument) naming the file if there is none, or if it is no such library.
void add_extension_library(ov::Core& core, const std::string& path);

}  // namespace ovserve
