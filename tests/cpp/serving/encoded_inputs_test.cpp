#include "serving/encoded_inputs.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "codec/error_expectation.h"
#include "image/image_files.h"
#include "serving/request_validation.h"

namespace ovserve {
namespace {

using testing::png_file;

std::vector<Dimension> dimensions(std::initializer_list<std::int64_t> sizes) {
  std::vector<Dimension> shape;
  for (const std::int64_t size : sizes) shape.push_back(size < 0 ? Dimension::any() : Dimension::fixed(size));
  return shape;
}

TensorInfo image_input(std::string name = "image") {
  return {std::move(name), ElementType::kU8, dimensions({-1, 1, 2, 3}), false, "NHWC"};
}

TensorInfo text_input(std::int64_t batch, std::int64_t width) {
  return {"text", ElementType::kU8, dimensions({batch, width})};
}

RequestTensor strings(std::string name, std::vector<std::string> values, Shape shape) {
  RequestTensor tensor;
  tensor.name = std::move(name);
  tensor.type = ElementType::kString;
  tensor.type_text = "STRING";
  tensor.shape = std::move(shape);
  tensor.content = RequestTensor::Content::kValues;
  tensor.strings = std::move(values);
  tensor.value_count = tensor.strings.size();
  tensor.data = tensor.strings.data();
  tensor.bytes = tensor.strings.size() * sizeof(std::string);
  return tensor;
}

RequestTensor strings(std::string name, const std::vector<std::string>& values) {
  return strings(std::move(name), values, {static_cast<std::int64_t>(values.size())});
}

template <class... Tensors>
std::vector<RequestTensor> list(Tensors... tensors) {
  std::vector<RequestTensor> inputs;
  (inputs.push_back(std::move(tensors)), ...);
  return inputs;
}

RequestTensor converted(const TensorInfo& info, RequestTensor tensor) {
  const Signature signature{{info}, {}};
  auto inputs = list(std::move(tensor));
  convert_encoded_inputs(signature, inputs, {});
  EXPECT_EQ(validate_inputs(signature, inputs).size(), 1U);
  return std::move(inputs.front());
}

std::string refusal(const TensorInfo& info, RequestTensor tensor) {
  auto inputs = list(std::move(tensor));
  return testing::error_of(ErrorCode::kInvalidArgument, [&] { convert_encoded_inputs({{info}, {}}, inputs, {}); });
}

std::string content(const RequestTensor& tensor) { return {static_cast<const char*>(tensor.data), tensor.bytes}; }

TEST(EncodedInputs, ImagesBecomeNumbers) {
  const RequestTensor tensor = converted(image_input(), strings("image", {png_file(2, 1), png_file(2, 1)}));
  EXPECT_EQ(tensor.type, ElementType::kU8);
  EXPECT_EQ(tensor.type_text, "U8");
  EXPECT_EQ(tensor.shape, (Shape{2, 1, 2, 3}));
  EXPECT_EQ(tensor.content, RequestTensor::Content::kRaw);
  EXPECT_EQ(tensor.bytes, 12U);
  EXPECT_TRUE(tensor.strings.empty());
}

TEST(EncodedInputs, AStringAloneIsABatchOfOne) {
  EXPECT_EQ(converted(image_input(), strings("image", {png_file(2, 1)}, {})).shape, (Shape{1, 1, 2, 3}));
}

TEST(EncodedInputs, TextBecomesRowsWithAZeroAfterTheLongest) {
  const RequestTensor tensor = converted(text_input(-1, -1), strings("text", {"ab", "", "cde"}));
  EXPECT_EQ(tensor.shape, (Shape{3, 4}));
  EXPECT_EQ(content(tensor), std::string("ab\0\0\0\0\0\0cde\0", 12));
  EXPECT_EQ(converted(text_input(-1, -1), strings("text", {""})).shape, (Shape{1, 1}));
}

TEST(EncodedInputs, TextFillsTheModelsWidth) {
  const RequestTensor tensor = converted(text_input(2, 4), strings("text", {"abc", "d"}));
  EXPECT_EQ(tensor.shape, (Shape{2, 4}));
  EXPECT_EQ(content(tensor), std::string("abc\0d\0\0\0", 8));
  TensorInfo ranged = text_input(1, 1);
  ranged.shape[1] = {3, 5};
  EXPECT_EQ(converted(ranged, strings("text", {"a"})).shape, (Shape{1, 3}));
  EXPECT_EQ(converted(ranged, strings("text", {"abcd"})).shape, (Shape{1, 5}));
  EXPECT_EQ(refusal(ranged, strings("text", {"abcde"})),
            "Invalid input shape - Expected: texts of at most 4 bytes, which a zero byte ends, for (1,3~5); Actual: 5 "
            "bytes; input name: text");
}

TEST(EncodedInputs, RowsThatTogetherAreTooLongAreRefused) {
  std::vector<std::string> texts(2000);
  texts.front().assign(1'000'000, 'x');
  EXPECT_EQ(refusal(text_input(-1, -1), strings("text", texts)),
            "Too much text in one request - 2000 rows as long as the longest text, 1000001 bytes, are more than "
            "1073741824; input name: text");
  EXPECT_NE(refusal({"text", ElementType::kU8, {Dimension::any(), Dimension{Dimension::kAny}}}, strings("text", {"a"}))
                .find("Too much text"),
            std::string::npos);
}

TEST(EncodedInputs, TheBatchMustFit) {
  const TensorInfo one = text_input(1, -1);
  EXPECT_EQ(refusal(one, strings("text", {"a", "b"})),
            "Invalid input batch size - Expected: 1; Actual: 2; input name: text");
  EXPECT_EQ(refusal(image_input(), strings("image", {})),
            "Invalid input batch size - Expected: -1; Actual: 0; input name: image");
  EXPECT_EQ(refusal(image_input(), strings("image", {"a"}, {2})),
            "Invalid number of values in tensor proto container - Expected: 2 values; Actual: 1 values; input name: "
            "image");
  EXPECT_EQ(refusal(image_input(), strings("image", {"a"}, {-1})),
            "Invalid number of values in tensor proto container - Expected: 0 values; Actual: 1 values; input name: "
            "image");
  EXPECT_EQ(refusal(image_input(), strings("image", {"a"}, {1, 1})),
            "Invalid number of shape dimensions - Expected: (1), one for the strings; Actual: 2; input name: image");
}

TEST(EncodedInputs, NamesTheInputWithTheImageThatIsWrong) {
  EXPECT_EQ(refusal(image_input(), strings("image", {"GIF"})),
            "Invalid image - image 1 of 1: it is neither JPEG nor PNG, but begins with the bytes 47 49 46; input name: "
            "image");
}

TEST(EncodedInputs, PixelsAreCountedOverAllInputs) {
  const Signature signature{{image_input("left"), image_input("right")}, {}};
  auto inputs = list(strings("left", std::vector(6, png_file(2, 1))), strings("right", std::vector(6, png_file(2, 1))));
  EXPECT_EQ(testing::error_of(ErrorCode::kInvalidArgument,
                              [&] { convert_encoded_inputs(signature, inputs, {.image_pixels = 2}); }),
            "Too many images in one request - together they have more than 20 pixels, ten times --max_image_pixels; "
            "send fewer at a time; input name: right");
}

TEST(EncodedInputs, WhatTakesNeitherImagesNorTextStaysAsItIs) {
  const auto stays = [](TensorInfo info, std::string name = "x") {
    auto inputs = list(strings(std::move(name), {"a"}));
    info.name = "x";
    convert_encoded_inputs({{std::move(info)}, {}}, inputs, {});
    EXPECT_EQ(inputs.front().type, ElementType::kString);
    EXPECT_EQ(inputs.front().strings, std::vector<std::string>{"a"});
  };
  stays({"x", ElementType::kString, dimensions({-1, -1})});
  stays({"x", ElementType::kString, dimensions({-1, -1, -1, -1})});
  stays({"x", ElementType::kF32, dimensions({-1, -1})});
  stays({"x", ElementType::kU8, dimensions({-1})});
  stays(image_input(), "unknown");
}

TEST(EncodedInputs, NothingIsDecodedForTheWrongNumberOfInputs) {
  auto inputs = list(strings("image", {"no image"}), strings("other", {"a"}));
  convert_encoded_inputs({{image_input()}, {}}, inputs, {});
  EXPECT_EQ(inputs.front().type, ElementType::kString);
}

}  // namespace
}  // namespace ovserve
