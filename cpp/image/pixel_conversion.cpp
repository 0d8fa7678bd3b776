#include "image/pixel_conversion.h"

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "base/float16.h"
#include "image/bilinear_rows.h"

namespace ovserve {
namespace {

struct F16 {
  std::uint16_t bits;
};
struct Bf16 {
  std::uint16_t bits;
};

template <class T>
T element_from(float value) {
  if constexpr (std::is_same_v<T, F16>) {
    return {f16_from_float(value)};
  } else if constexpr (std::is_same_v<T, Bf16>) {
    return {bf16_from_float(value)};
  } else if constexpr (std::is_floating_point_v<T>) {
    return value;
  } else {
    // Samples are never negative, so this is the nearest number.
    constexpr auto kMost = static_cast<float>(std::numeric_limits<T>::max());
    const float rounded = value + 0.5F;
    return rounded < kMost ? static_cast<T>(rounded) : std::numeric_limits<T>::max();
  }
}

template <class T>
std::byte* write_row(const std::vector<float>& row, std::size_t copies, std::byte* out) {
  for (const float value : row) {
    const T element = element_from<T>(value);
    for (std::size_t i = 0; i < copies; ++i, out += sizeof(T)) std::memcpy(out, &element, sizeof(T));
  }
  return out;
}

using RowWriter = std::byte* (*)(const std::vector<float>& row, std::size_t copies, std::byte* out);

RowWriter row_writer(ElementType type) noexcept {
  switch (type) {
    case ElementType::kBf16:
      return &write_row<Bf16>;
    case ElementType::kF16:
      return &write_row<F16>;
    case ElementType::kF32:
      return &write_row<float>;
    case ElementType::kF64:
      return &write_row<double>;
    case ElementType::kI8:
      return &write_row<std::int8_t>;
    case ElementType::kI16:
      return &write_row<std::int16_t>;
    case ElementType::kI32:
      return &write_row<std::int32_t>;
    case ElementType::kI64:
      return &write_row<std::int64_t>;
    case ElementType::kU8:
      return &write_row<std::uint8_t>;
    case ElementType::kU16:
      return &write_row<std::uint16_t>;
    case ElementType::kU32:
      return &write_row<std::uint32_t>;
    case ElementType::kU64:
      return &write_row<std::uint64_t>;
    case ElementType::kUndefined:
    case ElementType::kBool:
    case ElementType::kString:
      break;
  }
  return nullptr;
}

}  // namespace

bool holds_samples(ElementType type, std::size_t sample_bytes) noexcept {
  switch (type) {
    case ElementType::kI8:
    case ElementType::kU8:
    case ElementType::kI16:
    case ElementType::kF16:  // ends at 65504
      return sample_bytes == 1;
    default:
      return row_writer(type) != nullptr;
  }
}

void write_pixels(const Pixels& from, const PixelTarget& target, std::byte* out) {
  const RowWriter write = row_writer(target.type);
  BilinearRows rows(from, target.width, target.height);
  for (std::size_t y = 0; y < target.height; ++y) out = write(rows.row(y), target.channels / from.channels, out);
}

}  // namespace ovserve
