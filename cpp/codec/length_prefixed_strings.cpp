#include "codec/length_prefixed_strings.h"

#include <cstdint>
#include <cstring>

#include "codec/input_error.h"

namespace ovserve {

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

}  // namespace ovserve
