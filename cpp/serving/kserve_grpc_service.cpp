// inference.GRPCInferenceService.

#include <vector>

#include "codec/kserve_grpc.h"
#include "serving/inference_service.h"
#include "serving/output_selection.h"
#include "serving/request_validation.h"

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
  kserve_grpc::write_flag_response(model_ready(model.name, model.version), reply);
}

void InferenceService::kserve_server_metadata(std::string_view /*request*/, ByteSink& reply) {
  kserve_grpc::write_server_metadata_response(kServerName, server_version_, {}, reply);
}

void InferenceService::kserve_model_metadata(std::string_view request, ByteSink& reply) {
  const kserve_grpc::ModelName model = kserve_grpc::parse_model_name(request);
  const ModelLease lease = repository_.acquire_now(model.name, model.version);
  kserve_grpc::write_model_metadata_response(model.name, available_versions(model.name), lease.model->signature(),
                                             reply);
}

void InferenceService::kserve_model_infer(std::string_view request, ByteSink& reply) {
  const InferRequest infer = kserve_grpc::parse_infer_request(request);
  const ModelLease lease = repository_.acquire(infer.model, infer.version);
  const Signature& signature = lease.model->signature();
  const std::vector<TensorView> inputs = validate_inputs(signature, infer.inputs);
  const std::vector<std::size_t> selected = select_outputs(signature, infer.requested_outputs);
  const auto result = lease.model->infer(inputs);
  kserve_grpc::write_infer_response(infer.model, lease.version, infer.id, signature, result->outputs(), selected,
                                    reply);
}

void InferenceService::kserve_model_stream_infer(std::string_view request, ByteSink& reply) {
  try {
    kserve_grpc::StreamResponseSink response(reply);
    kserve_model_infer(request, response);
  } catch (const Error& error) {
    kserve_grpc::write_stream_error(error.what(), reply);
  }
}

}  // namespace ovserve
