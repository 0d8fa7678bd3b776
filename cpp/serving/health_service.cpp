// grpc.health.v1.Health.

#include <algorithm>
#include <array>

#include "base/printable_text.h"
#include "codec/kserve_grpc.h"
#include "serving/inference_service.h"

namespace ovserve {
namespace {

// The empty name stands for the server as a whole.
constexpr std::array<std::string_view, 5> kServices = {"", "tensorflow.serving.PredictionService",
                                                       "tensorflow.serving.ModelService",
                                                       "inference.GRPCInferenceService", "grpc.health.v1.Health"};

void check_service(const std::string& service) {
  constexpr std::size_t kLongestName = 200;
  if (std::find(kServices.begin(), kServices.end(), service) != kServices.end()) return;
  throw Error(ErrorCode::kNotFound, "Unknown service \"" + printable_text(service, kLongestName) +
                                        "\", leave the name empty to ask for the whole server");
}

}  // namespace

void InferenceService::health_check(std::string_view request, ByteSink& reply) {
  check_service(kserve_grpc::parse_health_request(request));
  kserve_grpc::write_health_response(
      ready() ? kserve_grpc::HealthStatus::kServing : kserve_grpc::HealthStatus::kNotServing, reply);
}

}  // namespace ovserve
