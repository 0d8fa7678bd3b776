#pragma once

#include <string>
#include <string_view>

namespace ovserve {

/// What an OpenVINO exception says, as one line: without the source locations and the checks that
/// OpenVINO puts before its reason.
std::string openvino_reason(std::string_view text);

/// The same for the exception in flight, whatever its type; call inside catch.
std::string current_openvino_reason();

}  // namespace ovserve
