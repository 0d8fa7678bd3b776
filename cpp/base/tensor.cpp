#include "base/tensor.h"

#include <algorithm>
#include <limits>

namespace ovserve {

std::size_t element_count(const Shape& shape) noexcept {
  // Looked at first, so that an empty tensor stays empty whatever its other dimensions are.
  if (std::any_of(shape.begin(), shape.end(), [](std::int64_t size) { return size <= 0; })) return 0;
  std::size_t count = 1;
  for (const std::int64_t size : shape) {
    if (__builtin_mul_overflow(count, static_cast<std::size_t>(size), &count)) {
      return std::numeric_limits<std::size_t>::max();
    }
  }
  return count;
}

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (const std::int64_t size : shape) {
    if (text.size() > 1) text += ',';
    text += std::to_string(size);
  }
  return text + ")";
}

}  // namespace ovserve
