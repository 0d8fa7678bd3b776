#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/tensor.h"

namespace ovserve {

/// The raw form of a KServe BYTES tensor: each element a 4-byte little-endian length and its bytes.
/// Throws Error(kInvalidArgument) naming `input` if the last element is cut short.
std::vector<std::string> parse_length_prefixed_strings(std::string_view raw, std::string_view input);

/// The same form of a kString tensor: how many bytes it takes, and writing them; gives the end.
std::size_t length_prefixed_size(const TensorView& tensor) noexcept;
char* write_length_prefixed_strings(const TensorView& tensor, char* out) noexcept;

}  // namespace ovserve
