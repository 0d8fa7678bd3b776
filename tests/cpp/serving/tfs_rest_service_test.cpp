#include "serving/service_fixture.h"

namespace ovserve {
namespace {

using testing::error_of;
using testing::kNoSuchModel;
using testing::kNoSuchVersion;

class TfsRestServiceTest : public testing::ServiceTest {};

TEST_F(TfsRestServiceTest, PredictAnswersInTheRequestsFormat) {
  EXPECT_EQ(service_.rest_predict("m", std::nullopt, R"({"instances": [{"b": [7, 8]}]})"),
            R"({"predictions": [[1.5,2.0]]})");
  EXPECT_EQ(service_.rest_predict("m", 0, R"({"inputs": [[7, 8]]})"), R"({"outputs": [[1.5,2.0]]})");
  EXPECT_EQ(service_.rest_predict("two", 1, R"({"inputs": {"x": [[1, 2]], "y": [[3, 4]]}})"),
            R"({"outputs": {"p": [[1.0,2.0]], "q": [[3.0,4.0]]}})");
}

TEST_F(TfsRestServiceTest, PredictLooksForTheModelBeforeItReadsTheBody) {
  EXPECT_EQ(error_of(ErrorCode::kNotFound, [&] { service_.rest_predict("other", std::nullopt, "no json"); }),
            kNoSuchModel);
  EXPECT_EQ(error_of(ErrorCode::kNotFound, [&] { service_.rest_predict("m", 9, "no json"); }), kNoSuchVersion);
}

TEST_F(TfsRestServiceTest, PredictRefusesBadBodies) {
  const auto refused = [&](ErrorCode code, const char* body) {
    return error_of(code, [&] { service_.rest_predict("m", std::nullopt, body); });
  };
  EXPECT_EQ(refused(ErrorCode::kFailedPrecondition, "no json"), "The file is not valid json");
  EXPECT_EQ(refused(ErrorCode::kInvalidArgument, R"({"instances": []})"),
            "Invalid JSON structure. Missing instances in row format");
  EXPECT_EQ(refused(ErrorCode::kInvalidArgument, R"({"inputs": {"x": [[1, 2]]}})"),
            "Missing input with specific name - Required input: b");
  EXPECT_EQ(refused(ErrorCode::kInvalidArgument, R"({"inputs": {"b": [[1, 2]], "x": 1}})"),
            "Invalid number of inputs - Expected: 1; Actual: 2");
  EXPECT_EQ(refused(ErrorCode::kInvalidArgument, R"({"inputs": [[1, 2, 3]]})"),
            "Invalid input shape - Expected: (-1,2); Actual: (1,3); input name: b");
  EXPECT_EQ(refused(ErrorCode::kInvalidArgument, R"({"inputs": [1, 2]})"),
            "Invalid number of shape dimensions - Expected: (-1,2); Actual: (2); input name: b");
}

TEST_F(TfsRestServiceTest, MetadataNamesModelAndVersion) {
  const std::string metadata = service_.rest_metadata("m", std::nullopt);
  EXPECT_NE(metadata.find("\"name\": \"m\",\n  \"signatureName\": \"\",\n  \"version\": \"3\""), std::string::npos);
  EXPECT_NE(service_.rest_metadata("m", 1).find("\"version\": \"1\""), std::string::npos);
  EXPECT_EQ(error_of(ErrorCode::kNotFound, [&] { service_.rest_metadata("m", 9); }), kNoSuchVersion);
}

TEST_F(TfsRestServiceTest, StatusShowsStateAndCause) {
  const std::string all = service_.rest_status("m", 0);
  EXPECT_NE(all.find("\"version\": \"1\""), std::string::npos);
  EXPECT_NE(all.find("\"version\": \"4\""), std::string::npos);
  EXPECT_EQ(service_.rest_status("m", 4), R"({
 "model_version_status": [
  {
   "version": "4",
   "state": "LOADING",
   "status": {
    "error_code": "UNKNOWN",
    "error_message": "UNKNOWN: cannot read bad"
   }
  }
 ]
}
)");
  EXPECT_EQ(error_of(ErrorCode::kNotFound, [&] { service_.rest_status("other", std::nullopt); }), kNoSuchModel);
}

TEST_F(TfsRestServiceTest, ConfigStatusHasEveryModel) {
  const std::string status = service_.rest_config_status();
  EXPECT_TRUE(status.starts_with("{\n \"broken\": {")) << status;
  EXPECT_NE(status.find("\n \"m\": {"), std::string::npos);
  EXPECT_NE(status.find("\n \"two\": {"), std::string::npos);
}

}  // namespace
}  // namespace ovserve
