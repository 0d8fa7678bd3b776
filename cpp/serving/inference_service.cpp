#include "serving/inference_service.h"

#include <algorithm>
#include <utility>

#include "serving/request_meter.h"

namespace ovserve {

InferenceService::InferenceService(ModelRepository& repository, std::string server_version,
                                   std::shared_ptr<Metrics> metrics, const RequestLimits& limits)
    : repository_(repository),
      server_version_(std::move(server_version)),
      metrics_(std::move(metrics)),
      limits_(limits) {}

bool InferenceService::model_ready(const std::string& model, std::optional<Version> version) {
  RequestMeter meter(metrics_.get(), Interface::kRest, Method::kModelReady);
  meter.is_about(model, version);
  const bool available = is_available(model, version);
  if (available) meter.succeeded();  // REST says no with an error status
  return available;
}

bool InferenceService::is_available(const std::string& model, std::optional<Version> version) {
  if (version == 0) version.reset();
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
