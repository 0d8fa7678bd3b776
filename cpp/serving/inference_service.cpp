#include "serving/inference_service.h"

#include <algorithm>
#include <utility>

#include "serving/inference_pipeline.h"
#include "serving/pending_inference.h"
#include "serving/request_meter.h"
#include "serving/requested_version.h"

namespace ovserve {

InferenceService::InferenceService(ModelRepository& repository, std::string server_version,
                                   std::shared_ptr<Metrics> metrics, const RequestLimits& limits, ThreadPool* workers)
    : repository_(repository),
      server_version_(std::move(server_version)),
      metrics_(std::move(metrics)),
      context_{repository_, metrics_.get(), limits, workers} {}

void InferenceService::infer(InferenceExchange& exchange, ByteSink& reply) {
  InferencePipeline pipeline(exchange, context_);
  const auto target = pipeline.target();
  pipeline.read(repository_.acquire(target.model, target.version));
  const auto inputs = pipeline.inputs();
  const auto result = pipeline.model().infer(inputs);
  MeasuringSink sink(reply);
  pipeline.answer(*result, sink);
  pipeline.answered(sink.size());
}

void InferenceService::start(InferenceCall call, OnReply on_reply) {
  PendingInference::start(context_, std::move(call), std::move(on_reply));
}

bool InferenceService::model_ready(const std::string& model, std::optional<Version> version) {
  RequestMeter meter(metrics_.get(), Interface::kRest, Method::kModelReady);
  meter.is_about(model, version);
  const bool available = is_available(model, version);
  if (available) meter.succeeded();  // REST says no with an error status
  return available;
}

bool InferenceService::is_available(const std::string& model, std::optional<Version> version) {
  version = requested(version);
  const ModelStatus status = repository_.status(model, version);
  const bool available = std::any_of(status.versions.begin(), status.versions.end(), [](const VersionStatus& entry) {
    return entry.state == VersionState::kAvailable;
  });
  if (!available && !version) throw Error(ErrorCode::kNotFound, "Model with requested version is not found");
  return available;
}

std::vector<Version> InferenceService::available_versions(const std::string& model) {
  std::vector<Version> available;
  for (const VersionStatus& status : repository_.status(model).versions) {
    if (status.state == VersionState::kAvailable) available.push_back(status.version);
  }
  return available;
}

}  // namespace ovserve
