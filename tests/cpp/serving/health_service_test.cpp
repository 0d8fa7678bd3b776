#include "serving/service_fixture.h"

namespace ovserve {
namespace {

using testing::Message;

class HealthServiceTest : public testing::ServiceTest {};

TEST_F(HealthServiceTest, EveryServiceIsReadyWithTheServer) {
  for (const char* service : {"", "tensorflow.serving.PredictionService", "tensorflow.serving.ModelService",
                              "inference.GRPCInferenceService", "grpc.health.v1.Health"}) {
    service_.set_ready(false);
    EXPECT_EQ(call(&InferenceService::health_check, Message().bytes(1, service)), Message().varint(1, 2).wire());
    service_.set_ready(true);
    EXPECT_EQ(call(&InferenceService::health_check, Message().bytes(1, service)), Message().varint(1, 1).wire());
  }
}

TEST_F(HealthServiceTest, UnknownServicesAreNotFound) {
  const std::string text =
      refusal(ErrorCode::kNotFound, &InferenceService::health_check, Message().bytes(1, "no.such.Service"));
  EXPECT_NE(text.find("no.such.Service"), std::string::npos);
}

}  // namespace
}  // namespace ovserve
