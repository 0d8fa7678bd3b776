#include "serving/service_fixture.h"

namespace ovserve {
namespace {

using testing::bytes_of;
using testing::error_of;
using testing::kNoSuchModel;
using testing::kNoSuchVersion;
using testing::StringSink;

struct Answer {
  std::string body;
  std::optional<std::size_t> header_length;
};

class KserveRestServiceTest : public testing::ServiceTest {
 protected:
  Answer infer(const std::string& model, const std::string& json, const std::string& binary = "") {
    StringSink sink;
    const auto length = service_.kserve_rest_infer(model, std::nullopt, json + binary,
                                                   binary.empty() ? std::nullopt : std::optional(json.size()), sink);
    return {sink.written(), length};
  }

  std::string refused(ErrorCode code, const std::string& model, const std::string& json) {
    return error_of(code, [&] { infer(model, json); });
  }
};

std::string two_inputs() {
  return R"("inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1, 2]},
{"name": "y", "shape": [1, 2], "datatype": "FP32", "data": [[3, 4]]}])";
}

TEST_F(KserveRestServiceTest, InferAnswersInJson) {
  const Answer answer =
      infer("m", R"({"id": "7", "inputs": [{"name": "b", "shape": [1, 2], "datatype": "FP32", "data": [7, 8]}]})");
  EXPECT_EQ(answer.body, R"({"model_name":"m","model_version":"3","id":"7","outputs":[)"
                         R"({"name":"a","shape":[1,2],"datatype":"FP32","data":[1.5,2.0]}]})");
  EXPECT_FALSE(answer.header_length);
}

TEST_F(KserveRestServiceTest, InferTakesAndGivesBinaryTensors) {
  const std::string sent = bytes_of<float>({7, 8});
  const Answer answer = infer("m",
                              R"({"inputs": [{"name": "b", "shape": [1, 2], "datatype": "FP32"}],
"parameters": {"binary_data_output": true}})",
                              sent);
  std::vector<std::string> seen;
  for (const auto* model : engine_.made("one")) seen.insert(seen.end(), model->seen.begin(), model->seen.end());
  EXPECT_EQ(seen, std::vector<std::string>{sent});
  ASSERT_TRUE(answer.header_length);
  EXPECT_EQ(answer.body.substr(0, *answer.header_length),
            R"({"model_name":"m","model_version":"3","outputs":[)"
            R"({"name":"a","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}]})");
  EXPECT_EQ(answer.body.substr(*answer.header_length), bytes_of<float>({1.5F, 2.0F}));
}

TEST_F(KserveRestServiceTest, InferGivesTheOutputsAskedForInTheirForm) {
  const Answer answer =
      infer("two", "{" + two_inputs() +
                       R"(, "outputs": [{"name": "q", "parameters": {"binary_data": true}}, {"name": "p"}]})");
  ASSERT_TRUE(answer.header_length);
  EXPECT_EQ(answer.body.substr(*answer.header_length), bytes_of<float>({3, 4}));
  EXPECT_NE(answer.body.find(R"({"name":"p","shape":[1,2],"datatype":"FP32","data":[1.0,2.0]}]})"), std::string::npos);
  const Answer only_p = infer("two", "{" + two_inputs() + R"(, "outputs": [{"name": "p"}]})");
  EXPECT_EQ(only_p.body.find("\"q\""), std::string::npos);
  EXPECT_EQ(refused(ErrorCode::kInvalidArgument, "two", "{" + two_inputs() + R"(, "outputs": [{"name": "z"}]})"),
            "Unknown requested output - z; the model has: p q");
}

TEST_F(KserveRestServiceTest, InferRefusesWhatDoesNotFit) {
  EXPECT_EQ(refused(ErrorCode::kNotFound, "other", "no json"), kNoSuchModel);
  EXPECT_EQ(refused(ErrorCode::kFailedPrecondition, "m", "no json"), "The file is not valid json");
  EXPECT_EQ(refused(ErrorCode::kInvalidArgument, "m", R"({"inputs": []})"),
            "Invalid number of inputs - Expected: 1; Actual: 0");
  EXPECT_EQ(refused(ErrorCode::kInvalidArgument, "m",
                    R"({"inputs": [{"name": "b", "shape": [1, 2], "datatype": "FOO", "data": [1, 2]}]})"),
            "Invalid input precision - Expected: FP32; Actual: FOO; input name: b");
  EXPECT_EQ(refused(ErrorCode::kInvalidArgument, "m",
                    R"({"inputs": [{"name": "b", "shape": [1, 2], "datatype": "FP32", "data": [1, 2, 3]}]})"),
            "Invalid number of values in tensor proto container - Expected: 2 values; Actual: 3 values; input name: b");
}

TEST_F(KserveRestServiceTest, ModelMetadataListsAvailableVersions) {
  EXPECT_EQ(service_.kserve_rest_model_metadata("m", std::nullopt),
            R"({"name":"m","versions":["1","3"],"platform":"OpenVINO",)"
            R"("inputs":[{"name":"b","datatype":"FP32","shape":[-1,2]}],)"
            R"("outputs":[{"name":"a","datatype":"FP32","shape":[-1,2]}]})");
  EXPECT_EQ(error_of(ErrorCode::kNotFound, [&] { service_.kserve_rest_model_metadata("m", 9); }), kNoSuchVersion);
  EXPECT_EQ(error_of(ErrorCode::kNotFound, [&] { service_.kserve_rest_model_metadata("z", 0); }), kNoSuchModel);
}

}  // namespace
}  // namespace ovserve
