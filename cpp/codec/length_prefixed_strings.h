#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ovserve {

/// The raw form of a KServe BYTES tensor: each element a 4-byte little-endian length and its bytes.
/// Throws Error(kInvalidArgument) naming `input` if the last element is cut short.
std::vector<std::string> parse_length_prefixed_strings(std::string_view raw, std::string_view input);

}  // namespace ovserve
