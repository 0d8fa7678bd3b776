// tensorflow.serving.PredictionService and ModelService.

#include <vector>

#include "codec/tfs_grpc.h"
#include "serving/encoded_inputs.h"
#include "serving/inference_service.h"
#include "serving/request_meter.h"
#include "serving/request_validation.h"

namespace ovserve {
namespace {

// google.rpc codes; a failed version shows UNKNOWN, as OpenVINO Model Server does.
constexpr int kOk = 0;
constexpr int kUnknown = 2;

void check_metadata_fields(const std::vector<std::string>& fields) {
  if (fields.size() != 1 || fields.front() != "signature_def") {
    throw Error(ErrorCode::kInvalidArgument, "Invalid signature name");
  }
}

tfs_grpc::StatusEntry entry_of(const VersionStatus& status) {
  return {status.version, static_cast<int>(status.state), status.failed ? kUnknown : kOk, status.error_message()};
}

}  // namespace

void InferenceService::tfs_predict(std::string_view request, ByteSink& reply) {
  RequestMeter meter(metrics_.get(), Interface::kGrpc, Method::kPredict, request.size());
  MeasuringSink sink(reply);
  InferRequest predict = tfs_grpc::parse_predict_request(request);
  meter.is_about(predict.model, predict.version);
  const ModelLease lease = repository_.acquire(predict.model, predict.version);
  meter.is_about(predict.model, lease.version);
  const Signature& signature = lease.model->signature();
  convert_encoded_inputs(signature, predict.inputs, limits_.images);
  const auto result = lease.model->infer(validate_inputs(signature, predict.inputs));
  meter.inferred(result->times());
  tfs_grpc::write_predict_response(predict.model, lease.version, signature, result->outputs(), sink);
  meter.succeeded(sink.size());
}

void InferenceService::tfs_get_model_metadata(std::string_view request, ByteSink& reply) {
  const tfs_grpc::MetadataRequest metadata = tfs_grpc::parse_metadata_request(request);
  RequestMeter meter(metrics_.get(), Interface::kGrpc, Method::kGetModelMetadata);
  meter.is_about(metadata.model_spec.name, metadata.model_spec.version);
  check_metadata_fields(metadata.metadata_fields);
  const ModelLease lease = repository_.acquire_now(metadata.model_spec.name, metadata.model_spec.version);
  meter.is_about(metadata.model_spec.name, lease.version);
  tfs_grpc::write_metadata_response(metadata.model_spec.name, lease.version, lease.model->signature(), reply);
  meter.succeeded();
}

void InferenceService::tfs_get_model_status(std::string_view request, ByteSink& reply) {
  const tfs_grpc::ModelSpec spec = tfs_grpc::parse_status_request(request);
  RequestMeter meter(metrics_.get(), Interface::kGrpc, Method::kGetModelStatus);
  meter.is_about(spec.name, spec.version);
  std::vector<tfs_grpc::StatusEntry> entries;
  for (const VersionStatus& status : repository_.status(spec.name, spec.version).versions) {
    entries.push_back(entry_of(status));
  }
  tfs_grpc::write_status_response(entries, reply);
  meter.succeeded();
}

}  // namespace ovserve
