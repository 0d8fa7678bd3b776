#pragma once

#include <vector>

#include "base/infer_request.h"
#include "base/signature.h"
#include "image/image_limits.h"

namespace ovserve {

/// Turns strings that were sent to inputs of numbers into these numbers, in place: encoded images
/// where the input has four dimensions (see make_image_tensor), text where it is U8 with two.
/// Inputs that are neither stay as they are, for validate_inputs to accept or refuse.
///
/// Strings come as [N], or as one alone. A text becomes a row: its bytes, and zero bytes up to the
/// longest row, which has one after its text, or up to the width that the model asks for.
///
/// Throws Error: kInvalidArgument naming the input and the cause, kResourceExhausted without memory.
void convert_encoded_inputs(const Signature& signature, std::vector<RequestTensor>& inputs, const ImageLimits& limits);

/// Whether that has images to decode, which takes long.
bool has_encoded_images(const Signature& signature, const std::vector<RequestTensor>& inputs) noexcept;

}  // namespace ovserve
