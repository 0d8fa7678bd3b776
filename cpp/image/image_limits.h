#pragma once

#include <cstddef>

namespace ovserve {

/// How much a request may ask for by strings that stand for something larger.
struct ImageLimits {
  std::size_t image_pixels = 100'000'000;  ///< of one image, as its header says

  /// Of all images of one request, whose tensors may be much smaller than what was decoded for them.
  std::size_t request_pixels() const noexcept { return 10 * image_pixels; }

  /// Of one tensor that is made: as many as a request could have sent.
  static constexpr std::size_t kTensorBytes = std::size_t{1} << 30U;
};

}  // namespace ovserve
