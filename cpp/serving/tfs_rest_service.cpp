// TensorFlow Serving's REST API.

#include <string>
#include <utility>
#include <vector>

#include "codec/tfs_rest.h"
#include "serving/inference_service.h"
#include "serving/request_meter.h"
#include "serving/requested_version.h"
#include "serving/tfs_exchanges.h"

namespace ovserve {
namespace {

std::vector<tfs_rest::StatusEntry> entries_of(const ModelStatus& status) {
  std::vector<tfs_rest::StatusEntry> entries;
  entries.reserve(status.versions.size());
  for (const VersionStatus& version : status.versions) {
    entries.push_back(
        {version.version, name_of(version.state), version.failed ? "UNKNOWN" : "OK", version.error_message()});
  }
  return entries;
}

/// Keeps a reply that was made as a text.
class TextSink : public ByteSink {
 public:
  char* allocate(std::size_t size) override {
    text_.resize(size);
    return text_.data();
  }
  void adopt(std::string text) override { text_ = std::move(text); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string InferenceService::rest_predict(const std::string& model, std::optional<Version> version,
                                           std::string_view body) {
  TfsRestExchange exchange(model, version, body, context_.limits.json_depth);
  TextSink reply;
  infer(exchange, reply);
  return reply.take();
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
