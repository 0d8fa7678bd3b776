#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ovserve {

/// The version in a text field: empty and 0 mean none. Throws Error(kInvalidArgument), with the
/// text of OpenVINO Model Server, if it is no decimal number.
std::optional<std::int64_t> parse_model_version(std::string_view text);

}  // namespace ovserve
