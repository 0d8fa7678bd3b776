#include <gtest/gtest.h>

#include <limits>

#include "codec/error_expectation.h"
#include "codec/kserve_rest.h"
#include "codec/message_builder.h"

namespace ovserve::kserve_rest {
namespace {

using testing::StringSink;

const Signature& signature() {
  static const Signature kSignature{{{"i", ElementType::kI64, {Dimension::any(), Dimension::fixed(2)}, false}},
                                    {{"f", ElementType::kF32, {}, true},
                                     {"s", ElementType::kString, {Dimension::fixed(2)}, false},
                                     {"h", ElementType::kBf16, {Dimension::fixed(1)}, false}}};
  return kSignature;
}

class KserveRestReplies : public ::testing::Test {
 protected:
  std::optional<std::size_t> write(const std::vector<SelectedOutput>& selected,
                                   const std::optional<std::string>& id = std::nullopt) {
    return write_infer("m", 2, id, signature(), outputs_, selected, sink_);
  }

  const float floats_[3] = {1.5F, std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()};
  const std::string strings_[2] = {"a\"b", "\xFF"};
  const std::uint16_t half_ = 0x3F80;
  const std::vector<TensorView> outputs_{{ElementType::kF32, {3, 1}, floats_, sizeof(floats_)},
                                         {ElementType::kString, {2}, strings_, sizeof(strings_)},
                                         {ElementType::kBf16, {1}, &half_, sizeof(half_)}};
  StringSink sink_;
};

TEST_F(KserveRestReplies, JsonIsFlat) {
  EXPECT_FALSE(write({{0, false}, {1, false}}, "q\"1"));
  EXPECT_EQ(sink_.written(), R"({"model_name":"m","model_version":"2","id":"q\"1","outputs":[)"
                             R"({"name":"f","shape":[3,1],"datatype":"FP32","data":[1.5,NaN,-Infinity]},)"
                             R"({"name":"s","shape":[2],"datatype":"BYTES","data":["a\"b",{"b64": "/w=="}]}]})");
}

TEST_F(KserveRestReplies, BinaryTensorsFollowInTheOrderOfTheOutputs) {
  const auto length = write({{1, true}, {0, false}, {2, true}});
  ASSERT_TRUE(length);
  EXPECT_EQ(sink_.calls(), 1);
  EXPECT_EQ(sink_.written().substr(0, *length),
            R"({"model_name":"m","model_version":"2","outputs":[)"
            R"({"name":"s","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":12}},)"
            R"({"name":"f","shape":[3,1],"datatype":"FP32","data":[1.5,NaN,-Infinity]},)"
            R"({"name":"h","shape":[1],"datatype":"BF16","parameters":{"binary_data_size":2}}]})");
  EXPECT_EQ(sink_.written().substr(*length), std::string("\x03\x00\x00\x00"
                                                         "a\"b\x01\x00\x00\x00\xFF\x80\x3F",
                                                         14));
}

TEST_F(KserveRestReplies, Bf16NeedsTheBinaryForm) {
  const std::vector<SelectedOutput> binary{{0, false}, {2, true}};
  check_forms(signature(), binary);
  const std::vector<SelectedOutput> json{{0, false}, {2, false}};
  EXPECT_EQ(testing::error_of(ErrorCode::kInvalidArgument, [&] { check_forms(signature(), json); }),
            "JSON has no form for BF16, ask for it with \"binary_data\": true - output name: h");
}

TEST_F(KserveRestReplies, ModelMetadata) {
  const std::int64_t versions[] = {1, 3};
  EXPECT_EQ(write_model_metadata("m\"", versions, signature()),
            R"({"name":"m\"","versions":["1","3"],"platform":"OpenVINO",)"
            R"("inputs":[{"name":"i","datatype":"INT64","shape":[-1,2]}],)"
            R"("outputs":[{"name":"f","datatype":"FP32","shape":[-1]},)"
            R"({"name":"s","datatype":"BYTES","shape":[2]},{"name":"h","datatype":"BF16","shape":[1]}]})");
}

}  // namespace
}  // namespace ovserve::kserve_rest
