#pragma once

#include <cstddef>
#include <openvino/core/layout.hpp>
#include <string>

namespace ovserve {

/// A layout as TensorInfo has it, for a tensor of `rank` dimensions: "NHWC", "N???". Empty if it
/// says nothing, or does not fit so many dimensions.
std::string layout_letters(const ov::Layout& layout, std::size_t rank);

}  // namespace ovserve
