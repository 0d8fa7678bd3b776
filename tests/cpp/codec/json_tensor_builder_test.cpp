// Shapes and element kinds of the values in a request body.

#include <gtest/gtest.h>

#include "codec/error_expectation.h"
#include "codec/tensor_content.h"
#include "codec/test_signatures.h"
#include "codec/tfs_rest.h"

namespace ovserve::json {
namespace {

using testing::elements;
using testing::error_of;
using testing::texts;

RequestTensor column(const std::string& value, ElementType type = ElementType::kF32) {
  auto body = tfs_rest::parse_predict(R"({"inputs": {"x": )" + value + "}}", testing::one_input_signature(type));
  return std::move(body.inputs.at(0));
}

std::string refusal(const std::string& value, ElementType type = ElementType::kF32) {
  const std::string text = error_of(ErrorCode::kInvalidArgument, [&] { column(value, type); });
  EXPECT_TRUE(text.ends_with("; input name: x")) << text;
  return text;
}

TEST(JsonTensorBuilder, FindsTheShape) {
  const RequestTensor tensor = column("[[[1, 2, 3]], [[4, 5, 6]]]");
  EXPECT_EQ(tensor.shape, (Shape{2, 1, 3}));
  EXPECT_EQ(tensor.type, ElementType::kF32);
  EXPECT_EQ(tensor.type_text, "FP32");
  EXPECT_EQ(tensor.content, RequestTensor::Content::kValues);
  EXPECT_EQ(tensor.value_count, 6U);
  EXPECT_EQ(elements<float>(tensor), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(column("7").shape, Shape{});
}

TEST(JsonTensorBuilder, GrowsBeyondItsFirstBlock) {
  std::string value = "[0";
  for (int i = 1; i < 5000; ++i) value.append(",").append(std::to_string(i));
  const RequestTensor tensor = column(value + "]");
  EXPECT_EQ(tensor.shape, Shape{5000});
  EXPECT_EQ(tensor.bytes, 20000U);
  EXPECT_EQ(elements<float>(tensor)[4999], 4999.0F);
}

TEST(JsonTensorBuilder, RefusesUnevenNesting) {
  for (const char* value : {"[1, [2]]", "[[1], 2]", "[[[1]], [2]]", "[[1], [[2]]]", "[[1, [2]]]"}) {
    EXPECT_NE(refusal(value).find("nested unevenly"), std::string::npos) << value;
  }
  EXPECT_NE(refusal("[[1, 2], [3]]").find("differ in length (2 and 1 elements)"), std::string::npos);
  EXPECT_NE(refusal("[[[1]], [[1], [2]]]").find("differ in length (1 and 2 elements)"), std::string::npos);
}

TEST(JsonTensorBuilder, RefusesEmptyArrays) {
  for (const char* value : {"[]", "[[]]", "[[1], []]"}) {
    EXPECT_NE(refusal(value).find("An array is empty"), std::string::npos) << value;
  }
}

TEST(JsonTensorBuilder, ReadsTextAndBase64AsStrings) {
  const RequestTensor tensor = column(R"(["a\u00e9\n", {"b64": "AQID"}, ""])", ElementType::kString);
  EXPECT_EQ(tensor.shape, Shape{3});
  EXPECT_EQ(texts(tensor), (std::vector<std::string>{"a\xC3\xA9\n", "\x01\x02\x03", ""}));
  EXPECT_EQ(texts(column(R"({"b64": "AQID"})", ElementType::kString)), std::vector<std::string>{"\x01\x02\x03"});
}

TEST(JsonTensorBuilder, RefusesValuesOfAnotherKind) {
  const auto mismatch = [](const std::string& expected, const std::string& actual) {
    return "Invalid input precision - Expected: " + expected + "; Actual: " + actual + "; input name: x";
  };
  EXPECT_EQ(refusal(R"(["1"])"), mismatch("FP32", "STRING"));
  EXPECT_EQ(refusal(R"([{"b64": "AQID"}])"), mismatch("FP32", "STRING"));
  EXPECT_EQ(refusal("[true]"), mismatch("FP32", "a boolean"));
  EXPECT_EQ(refusal("[null]"), mismatch("FP32", "null"));
  EXPECT_EQ(refusal("[{}]"), mismatch("FP32", "an empty object"));
  EXPECT_EQ(refusal("[1]", ElementType::kString), mismatch("STRING", "a number"));
  EXPECT_EQ(refusal(R"([{"b64": "AQID", "x": 1}])", ElementType::kString),
            mismatch("STRING", "an object other than {\"b64\": \"...\"}"));
  EXPECT_EQ(refusal(R"([{"b64": 1}])", ElementType::kString),
            mismatch("STRING", "an object other than {\"b64\": \"...\"}"));
  EXPECT_NE(refusal(R"([{"b64": "A*"}])", ElementType::kString).find("not base64"), std::string::npos);
}

TEST(JsonTensorBuilder, KeepsUnknownInputsForValidation) {
  const auto body = tfs_rest::parse_predict(R"({"inputs": {"other": [[1, "a", {"k": [null]}], []]}})",
                                            testing::one_input_signature(ElementType::kF32));
  ASSERT_EQ(body.inputs.size(), 1U);
  EXPECT_EQ(body.inputs[0].name, "other");
  EXPECT_EQ(body.inputs[0].type, ElementType::kUndefined);
}

// An input of four dimensions takes numbers, or encoded images in their place.
RequestTensor of_images(const std::string& value) {
  const Signature signature{{{"x", ElementType::kF32, std::vector<Dimension>(4, Dimension::any())}}, {}};
  auto body = tfs_rest::parse_predict(R"({"instances": )" + value + "}", signature);
  return std::move(body.inputs.at(0));
}

TEST(JsonTensorBuilder, TheFirstValueTellsNumbersFromEncodedImages) {
  EXPECT_EQ(of_images("[[[[1]]]]").type, ElementType::kF32);
  const RequestTensor images = of_images(R"([{"b64": "AQID"}, "text"])");
  EXPECT_EQ(images.type, ElementType::kString);
  EXPECT_EQ(images.type_text, "STRING");
  EXPECT_EQ(images.shape, Shape{2});
  EXPECT_EQ(images.value_count, 2U);
  EXPECT_EQ(texts(images), (std::vector<std::string>{"\x01\x02\x03", "text"}));
}

TEST(JsonTensorBuilder, NumbersAndEncodedImagesDoNotMix) {
  const auto refused = [](const std::string& value) {
    return error_of(ErrorCode::kInvalidArgument, [&] { of_images(value); });
  };
  EXPECT_EQ(refused(R"([1, "text"])"), "Invalid input precision - Expected: FP32; Actual: STRING; input name: x");
  EXPECT_EQ(refused(R"(["text", 1])"), "Invalid input precision - Expected: STRING; Actual: a number; input name: x");
  EXPECT_EQ(refused(R"([["text", 1]])"), "Invalid input precision - Expected: STRING; Actual: a number; input name: x");
  EXPECT_EQ(refused(R"(["text", true])"),
            "Invalid input precision - Expected: STRING; Actual: a boolean; input name: x");
}

}  // namespace
}  // namespace ovserve::json
