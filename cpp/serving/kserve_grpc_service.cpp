// inference.GRPCInferenceService.

#include "codec/kserve_grpc.h"
#include "serving/inference_service.h"
#include "serving/kserve_exchanges.h"
#include "serving/request_meter.h"

namespace ovserve {
namespace {

constexpr std::string_view kServerName = "ovserve";

}  // namespace

void InferenceService::kserve_server_live(std::string_view /*request*/, ByteSink& reply) {
  kserve_grpc::write_flag_response(true, reply);
}

void InferenceService::kserve_server_ready(std::string_view /*request*/, ByteSink& reply) {
  kserve_grpc::write_flag_response(ready(), reply);
}

void InferenceService::kserve_model_ready(std::string_view request, ByteSink& reply) {
  const kserve_grpc::ModelName model = kserve_grpc::parse_model_name(request);
  RequestMeter meter(metrics_.get(), Interface::kGrpc, Method::kModelReady);
  meter.is_about(model.name, model.version);
  kserve_grpc::write_flag_response(is_available(model.name, model.version), reply);
  meter.succeeded();
}

void InferenceService::kserve_server_metadata(std::string_view /*request*/, ByteSink& reply) {
  kserve_grpc::write_server_metadata_response(kServerName, server_version_, {}, reply);
}

void InferenceService::kserve_model_metadata(std::string_view request, ByteSink& reply) {
  const kserve_grpc::ModelName model = kserve_grpc::parse_model_name(request);
  RequestMeter meter(metrics_.get(), Interface::kGrpc, Method::kModelMetadata);
  meter.is_about(model.name, model.version);
  const ModelLease lease = repository_.acquire_now(model.name, model.version);
  meter.is_about(model.name, lease.version);
  kserve_grpc::write_model_metadata_response(model.name, available_versions(model.name), lease.model->signature(),
                                             reply);
  meter.succeeded();
}

void InferenceService::kserve_model_infer(std::string_view request, ByteSink& reply) {
  KserveGrpcExchange exchange(request);
  infer(exchange, reply);
}

void InferenceService::kserve_model_stream_infer(std::string_view request, ByteSink& reply) {
  KserveStreamExchange exchange(request);
  try {
    infer(exchange, reply);
  } catch (const Error& error) {
    exchange.write_error(error, reply);
  }
}

}  // namespace ovserve
