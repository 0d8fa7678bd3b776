#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ovserve {

/// Text of unknown origin (an exception of user code, bytes of a request) made fit for one log line
/// and for APIs that demand UTF-8: line breaks and other control characters become spaces, bytes
/// that are not UTF-8 become '?', surrounding blanks go, and what exceeds `limit` bytes is cut off
/// and marked with "...".
std::string printable_text(std::string_view text, std::size_t limit = 2000);

}  // namespace ovserve
