#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/signature.h"
#include "base/tensor.h"
#include "image/image_limits.h"

namespace ovserve {

/// A tensor that strings have become, as large as its shape and the input's type say.
struct DecodedTensor {
  Shape shape;
  std::vector<std::byte> data;
};

/// Makes one tensor of encoded images, of which there is at least one, for an input that takes images:
/// [N,H,W,C], colors as BGR.
///
/// As OpenVINO Model Server: the input's layout must not speak against NHWC. Each image is resized
/// where that layout is NHWC in so many words and both height and width are bounded; within a range
/// the first image decides, moved to the nearer end if it lies outside. Otherwise all images must have
/// the size of the first one. The channels must be those of the input; beyond upstream, gray is
/// repeated for an input of three. All headers are checked before anything is decoded.
///
/// `request_pixels` counts what the request has had decoded so far, over all of its inputs.
/// Throws Error: kInvalidArgument with the cause (without the input's name), kResourceExhausted
/// without memory.
DecodedTensor make_image_tensor(const TensorInfo& input, std::span<const std::string> files, const ImageLimits& limits,
                                std::size_t& request_pixels);

}  // namespace ovserve
