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

bool InferencePipeline::read(ModelLease lease) {
  lease_ = std::move(lease);
  meter_.is_about(*model_name_, lease_.version);
  const Signature& signature = lease_.model->signature();
  tensors_ = &exchange_.inputs(signature);
  return has_encoded_images(signature, *tensors_);
}

std::span<const TensorView> InferencePipeline::inputs() {
  const Signature& signature = lease_.model->signature();
  convert_encoded_inputs(signature, *tensors_, image_limits_);
  views_ = validate_inputs(signature, *tensors_);
  exchange_.select_outputs(signature);
  return views_;
}

InferenceExchange::Answer InferencePipeline::answer_of(const InferResult& result) const noexcept {
  return {lease_.version, lease_.model->signature(), result.outputs()};
}

bool InferencePipeline::is_long_to_answer(const InferResult& result) const noexcept {
  return exchange_.is_long_to_write(answer_of(result));
}

void InferencePipeline::answer(const InferResult& result, ByteSink& sink) {
  meter_.inferred(result.times());
  exchange_.write(answer_of(result), sink);
}

void InferencePipeline::answered(std::size_t bytes) { meter_.succeeded(bytes); }

}  // namespace ovserve
