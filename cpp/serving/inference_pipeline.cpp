#include "serving/inference_pipeline.h"

#include <utility>

#include "serving/encoded_inputs.h"
#include "serving/request_validation.h"

namespace ovserve {

InferencePipeline::InferencePipeline(InferenceExchange& exchange, const InferenceContext& context)
    : exchange_(exchange),
      image_limits_(context.limits.images),
      meter_(context.metrics, exchange.interface(), exchange.method(), exchange.body().size()) {}

InferenceExchange::Target InferencePipeline::target() {
  const InferenceExchange::Target target = exchange_.target();
  model_name_ = &target.model;
  meter_.is_about(target.model, target.version);
  return target;
}

std::span<const TensorView> InferencePipeline::inputs(ModelLease lease) {
  lease_ = std::move(lease);
  meter_.is_about(*model_name_, lease_.version);
  const Signature& signature = lease_.model->signature();
  std::vector<RequestTensor>& tensors = exchange_.inputs(signature);
  convert_encoded_inputs(signature, tensors, image_limits_);
  views_ = validate_inputs(signature, tensors);
  exchange_.select_outputs(signature);
  return views_;
}

void InferencePipeline::answer(const InferResult& result, ByteSink& sink) {
  meter_.inferred(result.times());
  exchange_.write({lease_.version, lease_.model->signature(), result.outputs()}, sink);
}

void InferencePipeline::answered(std::size_t bytes) { meter_.succeeded(bytes); }

}  // namespace ovserve
