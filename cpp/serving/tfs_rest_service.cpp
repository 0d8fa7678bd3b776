// TensorFlow Serving's REST API.

#include <vector>

#include "codec/tfs_rest.h"
#include "serving/encoded_inputs.h"
#include "serving/inference_service.h"
#include "serving/request_meter.h"
#include "serving/request_validation.h"

namespace ovserve {
namespace {

// As in every other API, 0 asks for the default version.
std::optional<Version> requested(std::optional<Version> version) { return version == 0 ? std::nullopt : version; }

std::vector<tfs_rest::StatusEntry> entries_of(const ModelStatus& status) {
  std::vector<tfs_rest::StatusEntry> entries;
  entries.reserve(status.versions.size());
  for (const VersionStatus& version : status.versions) {
    entries.push_back(
        {version.version, name_of(version.state), version.failed ? "UNKNOWN" : "OK", version.error_message()});
  }
  return entries;
}

}  // namespace

std::string InferenceService::rest_predict(const std::string& model, std::optional<Version> version,
                                           std::string_view body) {
  RequestMeter meter(metrics_.get(), Interface::kRest, Method::kPredict, body.size());
  meter.is_about(model, version);
  const ModelLease lease = repository_.acquire(model, requested(version));
  meter.is_about(model, lease.version);
  const Signature& signature = lease.model->signature();
  tfs_rest::PredictBody predict = tfs_rest::parse_predict(body, signature, limits_.json_depth);
  convert_encoded_inputs(signature, predict.inputs, limits_.images);
  const auto result = lease.model->infer(validate_inputs(signature, predict.inputs));
  meter.inferred(result->times());
  std::string reply = tfs_rest::write_predict(predict.format, signature, result->outputs());
  meter.succeeded(reply.size());
  return reply;
}

std::string InferenceService::rest_metadata(const std::string& model, std::optional<Version> version) {
  RequestMeter meter(metrics_.get(), Interface::kRest, Method::kGetModelMetadata);
  meter.is_about(model, version);
  const ModelLease lease = repository_.acquire_now(model, requested(version));
  meter.is_about(model, lease.version);
  std::string reply = tfs_rest::write_metadata(model, lease.version, lease.model->signature());
  meter.succeeded();
  return reply;
}

std::string InferenceService::rest_status(const std::string& model, std::optional<Version> version) {
  RequestMeter meter(metrics_.get(), Interface::kRest, Method::kGetModelStatus);
  meter.is_about(model, version);
  std::string reply = tfs_rest::write_status(entries_of(repository_.status(model, requested(version))));
  meter.succeeded();
  return reply;
}

std::string InferenceService::rest_config_status() {
  const std::vector<ModelStatus> all = repository_.all_status();
  std::vector<tfs_rest::NamedStatus> models;
  models.reserve(all.size());
  for (const ModelStatus& status : all) models.push_back({status.name, entries_of(status)});
  return tfs_rest::write_config_status(models);
}

}  // namespace ovserve
