#pragma once

#include <string_view>

namespace ovserve::front {

/// Whether a field of a reply can be sent as the handler wants it: no line breaks in it, and not one
/// that the front sets itself.
bool may_be_sent(std::string_view name, std::string_view value) noexcept;

/// Whether a reply of that status has a body, even an empty one.
constexpr bool has_length(int status) noexcept { return status >= 200 && status != 204 && status != 304; }

}  // namespace ovserve::front
