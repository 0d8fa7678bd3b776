#include "gateway/grpc_methods.h"

#include <unordered_map>

namespace ovserve {
namespace {

using Service = InferenceService;

const std::unordered_map<std::string_view, GrpcMethod>& methods() {
  static const std::unordered_map<std::string_view, GrpcMethod> table = {
      {"/tensorflow.serving.PredictionService/Predict", InferenceApi::kTfsPredict},
      {"/tensorflow.serving.PredictionService/GetModelMetadata", &Service::tfs_get_model_metadata},
      {"/tensorflow.serving.PredictionService/Classify", NotOffered()},
      {"/tensorflow.serving.PredictionService/Regress", NotOffered()},
      {"/tensorflow.serving.PredictionService/MultiInference", NotOffered()},
      {"/tensorflow.serving.ModelService/GetModelStatus", &Service::tfs_get_model_status},
      {"/tensorflow.serving.ModelService/HandleReloadConfigRequest", EmptyAnswer()},
      {"/inference.GRPCInferenceService/ServerLive", &Service::kserve_server_live},
      {"/inference.GRPCInferenceService/ServerReady", &Service::kserve_server_ready},
      {"/inference.GRPCInferenceService/ModelReady", &Service::kserve_model_ready},
      {"/inference.GRPCInferenceService/ServerMetadata", &Service::kserve_server_metadata},
      {"/inference.GRPCInferenceService/ModelMetadata", &Service::kserve_model_metadata},
      {"/inference.GRPCInferenceService/ModelInfer", InferenceApi::kKserveInfer},
      {"/inference.GRPCInferenceService/ModelStreamInfer", GrpcStreamMethod::kModelStreamInfer},
      {"/org.pytorch.serve.grpc.inference.InferenceAPIsService/Predictions", PassedMethod::kUnary},
      {"/org.pytorch.serve.grpc.inference.InferenceAPIsService/StreamPredictions", PassedMethod::kStream},
      {"/org.pytorch.serve.grpc.inference.InferenceAPIsService/StreamPredictions2", PassedMethod::kUnary},
      {"/org.pytorch.serve.grpc.inference.InferenceAPIsService/Ping", PassedMethod::kUnary},
      {"/grpc.health.v1.Health/Check", &Service::health_check},
      {"/grpc.health.v1.Health/Watch", GrpcStreamMethod::kHealthWatch},
  };
  return table;
}

}  // namespace

GrpcMethod find_grpc_method(std::string_view path) {
  const auto found = methods().find(path);
  return found == methods().end() ? GrpcMethod() : found->second;
}

}  // namespace ovserve
