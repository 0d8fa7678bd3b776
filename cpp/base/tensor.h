#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/element_type.h"

namespace ovserve {

using Shape = std::vector<std::int64_t>;

/// Number of elements; 1 for a scalar, 0 for a shape with a negative dimension, and the largest
/// number there is where the product cannot be held.
std::size_t element_count(const Shape& shape) noexcept;

/// "(1,3,224,224)", the form used in messages.
std::string to_string(const Shape& shape);

/// A tensor that somebody else owns: dense, row-major, native byte order, no alignment promised.
/// For kString, `data` points to element_count std::string objects.
struct TensorView {
  ElementType type = ElementType::kUndefined;
  Shape shape;
  const void* data = nullptr;
  std::size_t bytes = 0;
};

}  // namespace ovserve
