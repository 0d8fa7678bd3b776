// The REST API of KServe v2.

#include "codec/kserve_rest.h"
#include "serving/inference_service.h"
#include "serving/kserve_exchanges.h"
#include "serving/request_meter.h"
#include "serving/requested_version.h"

namespace ovserve {

std::optional<std::size_t> InferenceService::kserve_rest_infer(const std::string& model, std::optional<Version> version,
                                                               std::string_view body,
                                                               std::optional<std::size_t> header_length,
                                                               ByteSink& reply) {
  KserveRestExchange exchange(model, version, body, header_length, context_.limits.json_depth);
  infer(exchange, reply);
  return exchange.header_length();
}

std::string InferenceService::kserve_rest_model_metadata(const std::string& model, std::optional<Version> version) {
  RequestMeter meter(metrics_.get(), Interface::kRest, Method::kModelMetadata);
  meter.is_about(model, version);
  const ModelLease lease = repository_.acquire_now(model, requested(version));
  meter.is_about(model, lease.version);
  std::string reply = kserve_rest::write_model_metadata(model, available_versions(model), lease.model->signature());
  meter.succeeded();
  return reply;
}

}  // namespace ovserve
