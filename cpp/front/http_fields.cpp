#include "front/http_fields.h"

#include <algorithm>
#include <array>

namespace ovserve::front {

bool may_be_sent(std::string_view name, std::string_view value) noexcept {
  static constexpr std::array<std::string_view, 7> kOwn = {
      "content-length", "connection", "transfer-encoding", "date", "keep-alive", "upgrade", "trailer"};
  const auto is_bad_in_name = [](char c) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    return !plain;
  };
  return !name.empty() && std::ranges::none_of(name, is_bad_in_name) && is_in_line(value) &&
         std::ranges::find(kOwn, name) == kOwn.end();
}

bool is_in_line(std::string_view text) noexcept {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace ovserve::front
