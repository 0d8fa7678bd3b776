#pragma once

#include <cstddef>
#include <cstdint>

namespace ovserve {

enum class ImageFormat : std::uint8_t { kJpeg, kPng };

/// What the header of an encoded image says. Nothing of the picture has been decoded for it.
struct ImageInfo {
  ImageFormat format = ImageFormat::kJpeg;
  std::size_t width = 0;         ///< at least 1, as is the height
  std::size_t height = 0;        ///< both fit 31 bits
  std::size_t channels = 0;      ///< once decoded: 1 gray, 3 BGR, 4 BGR and alpha
  std::size_t sample_bytes = 1;  ///< 1, or 2 for a PNG with 16 bits per channel

  std::size_t pixels() const noexcept { return width * height; }
  std::size_t samples() const noexcept { return pixels() * channels; }
  std::size_t decoded_bytes() const noexcept { return samples() * sample_bytes; }

  friend bool operator==(const ImageInfo&, const ImageInfo&) = default;
};

}  // namespace ovserve
