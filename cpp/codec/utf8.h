#pragma once

#include <string_view>

namespace ovserve {

/// Whether `text` is well-formed UTF-8.
bool is_utf8(std::string_view text) noexcept;

}  // namespace ovserve
