#pragma once

#include <string_view>

namespace ovserve::front {

/// Whether a field of a reply can be sent as the handler wants it: no line breaks in it, and not one
/// that the front sets itself.
bool may_be_sent(std::string_view name, std::string_view value) noexcept;

/// Whether a text can stand in the head of a reply: no line breaks or other control characters.
bool is_in_line(std::string_view text) noexcept;

/// Whether a reply of that status has a body, even an empty one.
constexpr bool has_length(int status) noexcept { return status >= 200 && status != 204 && status != 304; }

}  // namespace ovserve::front
