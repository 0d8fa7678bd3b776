#pragma once

#include <string_view>

#include "base/infer_request.h"

namespace ovserve::tfs_grpc {

/// Decodes a tensorflow.TensorProto. Views point into `wire`. tensor_content wins over typed values.
/// Throws Error(kInvalidArgument).
RequestTensor parse_tensor(std::string_view name, std::string_view wire);

}  // namespace ovserve::tfs_grpc
