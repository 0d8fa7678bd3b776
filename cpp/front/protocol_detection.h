#pragma once

#include <string_view>

namespace ovserve::front {

enum class Detected { kUnknown, kHttp1, kHttp2 };

/// What a client speaks, from the first bytes that it sent: HTTP/2 begins with a fixed text.
Detected detect_protocol(std::string_view first_bytes) noexcept;

}  // namespace ovserve::front
