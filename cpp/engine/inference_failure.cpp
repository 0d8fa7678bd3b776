#include "engine/inference_failure.h"

#include <algorithm>
#include <string>

#include "engine/openvino_reason.h"

namespace ovserve {
namespace {

bool leaves_sizes_open(const TensorInfo& input) {
  return input.any_rank ||
         !std::all_of(input.shape.begin(), input.shape.end(), [](const Dimension& size) { return size.is_static(); });
}

bool is_about_shapes(std::string_view what) {
  return what.find("shape") != std::string_view::npos || what.find("Shape") != std::string_view::npos;
}

}  // namespace

Error inference_failure(std::string_view what, const Signature& signature) {
  const bool may_not_fit = std::any_of(signature.inputs.begin(), signature.inputs.end(), leaves_sizes_open);
  if (may_not_fit && is_about_shapes(what)) {
    return {ErrorCode::kFailedPrecondition, "the model cannot take inputs of these shapes: " + openvino_reason(what)};
  }
  return {ErrorCode::kInternal, "inference failed: " + openvino_reason(what)};
}

}  // namespace ovserve
