#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ovserve {

/// Standard alphabet (RFC 4648 section 4), with padding.
std::string encode_base64(std::string_view bytes);

/// Padding may be left out. Nothing if `text` is not base64.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace ovserve
