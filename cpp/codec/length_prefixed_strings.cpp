#include "codec/length_prefixed_strings.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

#include "codec/input_error.h"

namespace ovserve {
namespace {

std::span<const std::string> strings_of(const TensorView& tensor) {
  return {static_cast<const std::string*>(tensor.data), element_count(tensor.shape)};
}

}  // namespace

std::vector<std::string> parse_length_prefixed_strings(std::string_view raw, std::string_view input) {
  std::vector<std::string> strings;
  while (!raw.empty()) {
    std::uint32_t length = 0;
    const bool has_length = raw.size() >= sizeof(length);
    if (has_length) {
      std::memcpy(&length, raw.data(), sizeof(length));
      raw.remove_prefix(sizeof(length));
    }
    if (!has_length || length > raw.size()) {
      throw_input_error("Invalid raw content of a BYTES tensor - element " + std::to_string(strings.size()) +
                            " is cut short, each needs a 4-byte little-endian length before its bytes",
                        input);
    }
    strings.emplace_back(raw.substr(0, length));
    raw.remove_prefix(length);
  }
  return strings;
}

std::size_t length_prefixed_size(const TensorView& tensor) noexcept {
  std::size_t size = 0;
  for (const std::string& text : strings_of(tensor)) size += sizeof(std::uint32_t) + text.size();
  return size;
}

char* write_length_prefixed_strings(const TensorView& tensor, char* out) noexcept {
  for (const std::string& text : strings_of(tensor)) {
    const auto length = static_cast<std::uint32_t>(text.size());
    std::memcpy(out, &length, sizeof(length));
    out += sizeof(length);
    out = std::copy(text.begin(), text.end(), out);
  }
  return out;
}

}  // namespace ovserve
