#pragma once

#include <cstddef>

#include "image/image_limits.h"

namespace ovserve {

/// What one request may ask of the server.
struct RequestLimits {
  /// How deeply arrays and objects may be nested in the JSON of a request; each level takes some stack.
  std::size_t json_depth = 32;
  ImageLimits images;
};

}  // namespace ovserve
