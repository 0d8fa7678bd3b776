#include "metrics/series.h"

namespace ovserve {

const char* name_of(Interface interface) noexcept { return interface == Interface::kGrpc ? "gRPC" : "REST"; }

const char* name_of(Method method) noexcept {
  switch (method) {
    case Method::kModelInfer:
      return "ModelInfer";
    case Method::kModelMetadata:
      return "ModelMetadata";
    case Method::kModelReady:
      return "ModelReady";
    case Method::kPredict:
      return "Predict";
    case Method::kGetModelMetadata:
      return "GetModelMetadata";
    case Method::kGetModelStatus:
      return "GetModelStatus";
  }
  return "";
}

const char* api_of(Method method) noexcept { return method < Method::kPredict ? "KServe" : "TensorFlowServing"; }

bool is_about_a_version(Method method) noexcept {
  return method != Method::kModelReady && method != Method::kGetModelStatus;
}

bool is_inference(Method method) noexcept { return method == Method::kModelInfer || method == Method::kPredict; }

}  // namespace ovserve
