#include "serving/service_fixture.h"

namespace ovserve {
namespace {

using testing::error_of;

class InferenceServiceTest : public testing::ServiceTest {};

TEST_F(InferenceServiceTest, IsNotReadyAtFirst) {
  EXPECT_FALSE(service_.ready());
  service_.set_ready(true);
  EXPECT_TRUE(service_.ready());
}

TEST_F(InferenceServiceTest, ModelReadyTakesVersionZeroForTheDefault) {
  EXPECT_TRUE(service_.model_ready("m", std::nullopt));
  EXPECT_TRUE(service_.model_ready("m", 0));
  EXPECT_TRUE(service_.model_ready("m", 1));
  EXPECT_FALSE(service_.model_ready("m", 4));
  EXPECT_EQ(error_of(ErrorCode::kNotFound, [&] { service_.model_ready("broken", 0); }), testing::kNoSuchVersion);
  EXPECT_EQ(error_of(ErrorCode::kNotFound, [&] { service_.model_ready("other", 1); }), testing::kNoSuchModel);
}

TEST_F(InferenceServiceTest, ARemovedModelIsNotReady) {
  repository_.apply({}, true, false);
  EXPECT_FALSE(service_.model_ready("m", 1));
  EXPECT_EQ(error_of(ErrorCode::kNotFound, [&] { service_.model_ready("m", std::nullopt); }), testing::kNoSuchVersion);
}

}  // namespace
}  // namespace ovserve
