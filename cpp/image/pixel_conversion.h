#pragma once

#include <cstddef>

#include "base/element_type.h"

namespace ovserve {

/// A decoded picture: rows from the top, channels beside each other.
struct Pixels {
  const std::byte* data = nullptr;
  std::size_t width = 0;
  std::size_t height = 0;
  std::size_t channels = 0;
  std::size_t sample_bytes = 1;  ///< 1, or 2 in native byte order
};

/// What a picture is to become.
struct PixelTarget {
  std::size_t width = 0;
  std::size_t height = 0;
  std::size_t channels = 0;  ///< those of the picture, or more for a gray one, which is then repeated
  ElementType type = ElementType::kU8;
};

/// Whether a type can hold samples of so many bytes: all numeric types those of 1 byte (kI8 as far as
/// 127, beyond which it stays), and those that reach 65535 the ones of 2 bytes.
bool holds_samples(ElementType type, std::size_t sample_bytes) noexcept;

/// Writes a picture in another size and type, element after element; `holds_samples` must be true.
/// Resizes as cv::resize does by INTER_LINEAR: between the two nearest samples each way, with pixel
/// centers at halves, edges repeated, nothing averaged beyond that. What is interpolated is rounded
/// only for integer types.
void write_pixels(const Pixels& from, const PixelTarget& target, std::byte* out);

}  // namespace ovserve
