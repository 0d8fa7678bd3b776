#include "serving/service_fixture.h"

namespace ovserve {
namespace {

using testing::error_of;
using testing::StringSink;

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

TEST_F(InferenceServiceTest, JsonOfBothRestApisIsNestedAsDeeplyAsAllowed) {
  const std::string deep = "Invalid JSON structure. Arrays and objects are nested too deeply";
  const std::string predict = R"({"inputs": [[7, 8]], "other": [[1]]})";
  const std::string infer =
      R"({"inputs": [{"name": "b", "shape": [1, 2], "datatype": "FP32", "data": [7, 8]}], "other": [[[1]]]})";
  InferenceService three(repository_, "1.2.3", nullptr, {.json_depth = 3, .images = {}});
  InferenceService two(repository_, "1.2.3", nullptr, {.json_depth = 2, .images = {}});
  EXPECT_NO_THROW(three.rest_predict("m", 1, predict));
  EXPECT_EQ(error_of(ErrorCode::kInvalidArgument, [&] { two.rest_predict("m", 1, predict); }), deep);
  const auto refused = [&](InferenceService& service) {
    StringSink reply;
    return error_of(ErrorCode::kInvalidArgument, [&] { service.kserve_rest_infer("m", 1, infer, {}, reply); });
  };
  EXPECT_EQ(refused(three), deep);
  InferenceService four(repository_, "1.2.3", nullptr, {.json_depth = 4, .images = {}});
  StringSink reply;
  EXPECT_NO_THROW(four.kserve_rest_infer("m", 1, infer, {}, reply));
}

}  // namespace
}  // namespace ovserve
