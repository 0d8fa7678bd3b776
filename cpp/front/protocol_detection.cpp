#include "front/protocol_detection.h"

#include <algorithm>

namespace ovserve::front {
namespace {

// RFC 9113, 3.4.
constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

}  // namespace

Detected detect_protocol(std::string_view first_bytes) noexcept {
  const std::size_t size = std::min(first_bytes.size(), kPreface.size());
  if (first_bytes.substr(0, size) != kPreface.substr(0, size)) return Detected::kHttp1;
  // "PRI" is no method of HTTP/1; what follows is the HTTP/2 session's to check.
  return first_bytes.size() >= 3 ? Detected::kHttp2 : Detected::kUnknown;
}

}  // namespace ovserve::front
