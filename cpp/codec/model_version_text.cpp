#include "codec/model_version_text.h"

#include <charconv>

#include "base/error.h"

namespace ovserve {

std::optional<std::int64_t> parse_model_version(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t version = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto result = std::from_chars(begin, end, version);
  if (result.ec != std::errc() || result.ptr != end) {
    throw Error(ErrorCode::kInvalidArgument, "invalid model version format in request");
  }
  return version == 0 ? std::nullopt : std::optional(version);
}

}  // namespace ovserve
