#include "front/grpc_head.h"

#include <charconv>
#include <cstdint>
#include <string>

#include "base/printable_text.h"
#include "front/ascii.h"

namespace ovserve::front {

bool is_grpc_content_type(std::string_view content_type) noexcept {
  static constexpr std::string_view kGrpc = "application/grpc";
  if (!same_text(content_type.substr(0, kGrpc.size()), kGrpc)) return false;
  const std::string_view rest = content_type.substr(kGrpc.size());
  return rest.empty() || rest.front() == '+' || rest.front() == ';';
}

std::optional<std::chrono::nanoseconds> parse_grpc_timeout(std::string_view text) noexcept {
  if (text.size() < 2 || text.size() > 9) return std::nullopt;
  std::int64_t value = 0;
  const char* unit = text.data() + text.size() - 1;
  const auto [end, error] = std::from_chars(text.data(), unit, value);
  if (error != std::errc() || end != unit || value < 0 || text.front() == '-') return std::nullopt;
  switch (*unit) {
    case 'H':
      // Eight digits of hours are more than nanoseconds can hold.
      return std::chrono::hours(std::min<std::int64_t>(value, std::int64_t{24} * 365));
    case 'M':
      return std::chrono::minutes(std::min<std::int64_t>(value, std::int64_t{60} * 24 * 365));
    case 'S':
      return std::chrono::seconds(value);
    case 'm':
      return std::chrono::milliseconds(value);
    case 'u':
      return std::chrono::microseconds(value);
    case 'n':
      return std::chrono::nanoseconds(value);
    default:
      return std::nullopt;
  }
}

std::variant<GrpcHead, GrpcReply> parse_grpc_head(const HeaderList& headers) {
  GrpcHead head;
  if (const auto timeout = headers.find("grpc-timeout")) {
    head.timeout = parse_grpc_timeout(*timeout);
    if (!head.timeout) {
      return GrpcReply{GrpcCode::kInternal, "Malformed grpc-timeout: " + printable_text(*timeout, 64), {}};
    }
  }
  const std::string_view encoding = headers.find("grpc-encoding").value_or("identity");
  head.is_compressed = encoding == "gzip" || encoding == "deflate";
  if (!head.is_compressed && encoding != "identity") {
    return GrpcReply{GrpcCode::kUnimplemented,
                     "Messages compressed with " + printable_text(encoding, 64) +
                         " are not understood; identity, deflate and gzip are.",
                     {}};
  }
  for_each_element(headers.find("grpc-accept-encoding").value_or(""),
                   [&head](std::string_view accepted) { head.accepts_gzip = head.accepts_gzip || accepted == "gzip"; });
  return head;
}

}  // namespace ovserve::front
