#include "gateway/grpc_methods.h"

#include <gtest/gtest.h>

#include <string>

namespace ovserve {
namespace {

template <class Kind>
bool is(const char* path) {
  return std::holds_alternative<Kind>(find_grpc_method(path));
}

using Function = void (InferenceService::*)(std::string_view, ByteSink&);

TEST(GrpcMethods, AreFoundByTheirPath) {
  EXPECT_EQ(std::get<InferenceApi>(find_grpc_method("/tensorflow.serving.PredictionService/Predict")),
            InferenceApi::kTfsPredict);
  EXPECT_EQ(std::get<InferenceApi>(find_grpc_method("/inference.GRPCInferenceService/ModelInfer")),
            InferenceApi::kKserveInfer);
  EXPECT_EQ(std::get<GrpcStreamMethod>(find_grpc_method("/inference.GRPCInferenceService/ModelStreamInfer")),
            GrpcStreamMethod::kModelStreamInfer);
  EXPECT_EQ(std::get<GrpcStreamMethod>(find_grpc_method("/grpc.health.v1.Health/Watch")),
            GrpcStreamMethod::kHealthWatch);
  EXPECT_EQ(std::get<Function>(find_grpc_method("/grpc.health.v1.Health/Check")),
            Function(&InferenceService::health_check));
  EXPECT_TRUE(is<EmptyAnswer>("/tensorflow.serving.ModelService/HandleReloadConfigRequest"));
}

TEST(GrpcMethods, MayBeKnownAndNotOffered) {
  for (const char* method : {"Classify", "Regress", "MultiInference"}) {
    EXPECT_TRUE(is<NotOffered>((std::string("/tensorflow.serving.PredictionService/") + method).c_str())) << method;
  }
}

TEST(GrpcMethods, OfServicesArePassedOn) {
  const std::string service = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/";
  for (const char* method : {"Ping", "Predictions", "StreamPredictions2"}) {
    EXPECT_EQ(std::get<PassedMethod>(find_grpc_method(service + method)), PassedMethod::kUnary) << method;
  }
  EXPECT_EQ(std::get<PassedMethod>(find_grpc_method(service + "StreamPredictions")), PassedMethod::kStream);
}

TEST(GrpcMethods, MayBeUnknown) {
  for (const char* path :
       {"", "/", "Predict", "/tensorflow.serving.PredictionService/predict",
        "/tensorflow.serving.PredictionService/Predict/", "tensorflow.serving.PredictionService/Predict",
        "/tensorflow.serving.PredictionService/Predict?x=1", "/inference.GRPCInferenceService/RepositoryIndex"}) {
    EXPECT_TRUE(is<UnknownMethod>(path)) << path;
  }
}

}  // namespace
}  // namespace ovserve
