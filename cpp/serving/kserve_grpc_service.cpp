// inference.GRPCInferenceService.

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/printable_text.h"
#include "codec/kserve_grpc.h"
#include "serving/inference_service.h"
#include "serving/request_meter.h"
#include "serving/request_validation.h"

namespace ovserve {
namespace {

constexpr std::string_view kServerName = "ovserve";
constexpr std::size_t kLongestName = 200;

std::size_t find_output(const Signature& signature, const std::string& name) {
  if (const auto index = signature.find_output(name)) return *index;
  std::string message = "Unknown requested output - " + printable_text(name, kLongestName) + "; the model has:";
  for (const TensorInfo& output : signature.outputs) message += " " + output.name;
  throw Error(ErrorCode::kInvalidArgument, message);
}

// In the order asked for, each once; all of them if none was named.
std::vector<std::size_t> select_outputs(const Signature& signature, const std::vector<std::string>& requested) {
  std::vector<std::size_t> indices;
  if (requested.empty()) {
    indices.resize(signature.outputs.size());
    std::iota(indices.begin(), indices.end(), 0U);
    return indices;
  }
  for (const std::string& name : requested) {
    const std::size_t index = find_output(signature, name);
    if (std::find(indices.begin(), indices.end(), index) == indices.end()) indices.push_back(index);
  }
  return indices;
}

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
  std::vector<Version> available;
  for (const VersionStatus& status : repository_.status(model.name).versions) {
    if (status.state == VersionState::kAvailable) available.push_back(status.version);
  }
  kserve_grpc::write_model_metadata_response(model.name, available, lease.model->signature(), reply);
  meter.succeeded();
}

void InferenceService::kserve_model_infer(std::string_view request, ByteSink& reply) {
  RequestMeter meter(metrics_.get(), Interface::kGrpc, Method::kModelInfer, request.size());
  MeasuringSink sink(reply);
  const InferRequest infer = kserve_grpc::parse_infer_request(request);
  meter.is_about(infer.model, infer.version);
  const ModelLease lease = repository_.acquire(infer.model, infer.version);
  meter.is_about(infer.model, lease.version);
  const Signature& signature = lease.model->signature();
  const std::vector<TensorView> inputs = validate_inputs(signature, infer.inputs);
  const std::vector<std::size_t> selected = select_outputs(signature, infer.requested_outputs);
  const auto result = lease.model->infer(inputs);
  meter.inferred(result->times());
  kserve_grpc::write_infer_response(infer.model, lease.version, infer.id, signature, result->outputs(), selected, sink);
  meter.succeeded(sink.size());
}

}  // namespace ovserve
