// inference.GRPCInferenceService.

#include <vector>

#include "codec/kserve_grpc.h"
#include "serving/encoded_inputs.h"
#include "serving/inference_service.h"
#include "serving/output_selection.h"
#include "serving/request_meter.h"
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
  RequestMeter meter(metrics_.get(), Interface::kGrpc, Method::kModelInfer, request.size());
  MeasuringSink sink(reply);
  InferRequest infer = kserve_grpc::parse_infer_request(request);
  meter.is_about(infer.model, infer.version);
  const ModelLease lease = repository_.acquire(infer.model, infer.version);
  meter.is_about(infer.model, lease.version);
  const Signature& signature = lease.model->signature();
  convert_encoded_inputs(signature, infer.inputs, limits_.images);
  const std::vector<TensorView> inputs = validate_inputs(signature, infer.inputs);
  const std::vector<std::size_t> selected = select_outputs(signature, infer.requested_outputs);
  const auto result = lease.model->infer(inputs);
  meter.inferred(result->times());
  kserve_grpc::write_infer_response(infer.model, lease.version, infer.id, signature, result->outputs(), selected, sink);
  meter.succeeded(sink.size());
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
