#include "codec/utf8.h"

#include <simdjson.h>

#include <algorithm>

namespace ovserve {

bool is_utf8(std::string_view text) noexcept {
  // Names are short and ASCII nearly always; this spares them the dispatch to a SIMD kernel.
  constexpr std::size_t kShort = 32;
  if (text.size() <= kShort &&
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80U; })) {
    return true;
  }
  return simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace ovserve
