#pragma once

#include <vector>

#include "base/infer_request.h"
#include "base/signature.h"
#include "base/tensor.h"

namespace ovserve {

/// Checks decoded inputs against a model and puts them into the signature's order.
/// The checks come in the order, and with the texts, of OpenVINO Model Server: number of inputs,
/// then per input of the signature its name, precision, rank, non-positive dimensions, batch size,
/// shape, and last the number of bytes or values.
/// The views point into `inputs`. Throws Error(kInvalidArgument).
std::vector<TensorView> validate_inputs(const Signature& signature, const std::vector<RequestTensor>& inputs);

}  // namespace ovserve
