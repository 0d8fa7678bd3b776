#include "serving/request_validation.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace ovserve {
namespace {

using Content = RequestTensor::Content;

Signature signature_of(std::vector<Dimension> shape, ElementType type = ElementType::kF32) {
  return {{{"b", type, std::move(shape), false}}, {}};
}

Signature one_by_ten() { return signature_of({Dimension::fixed(1), Dimension::fixed(10)}); }
Signature any_by_ten() { return signature_of({Dimension::any(), Dimension::fixed(10)}); }

RequestTensor raw(std::string name, Shape shape, std::size_t bytes, ElementType type = ElementType::kF32) {
  RequestTensor tensor;
  tensor.name = std::move(name);
  tensor.type = type;
  tensor.type_text = precision_name(type);
  tensor.shape = std::move(shape);
  tensor.content = Content::kRaw;
  tensor.bytes = bytes;
  return tensor;
}

template <class... Tensors>
std::vector<RequestTensor> list(Tensors... tensors) {
  std::vector<RequestTensor> inputs;
  (inputs.push_back(std::move(tensors)), ...);
  return inputs;
}

std::string refusal(const Signature& signature, const std::vector<RequestTensor>& inputs) {
  try {
    validate_inputs(signature, inputs);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.what();
  }
  return "accepted";
}

std::string refusal(const Signature& signature, RequestTensor tensor) {
  return refusal(signature, list(std::move(tensor)));
}

TEST(RequestValidation, PutsInputsIntoTheSignaturesOrder) {
  const Signature signature{
      {{"x", ElementType::kF32, {Dimension::fixed(1)}, false}, {"y", ElementType::kI64, {Dimension::any()}, false}},
      {}};
  const char data[16] = {};
  auto inputs = list(raw("y", {2}, 16, ElementType::kI64), raw("x", {1}, 4));
  inputs[0].data = data;
  const auto views = validate_inputs(signature, inputs);
  ASSERT_EQ(views.size(), 2U);
  EXPECT_EQ(views[0].type, ElementType::kF32);
  EXPECT_EQ(views[0].shape, Shape{1});
  EXPECT_EQ(views[1].data, data);
  EXPECT_EQ(views[1].bytes, 16U);
  EXPECT_EQ(views[1].shape, Shape{2});
}

TEST(RequestValidation, CountsInputs) {
  EXPECT_EQ(refusal(one_by_ten(), list()), "Invalid number of inputs - Expected: 1; Actual: 0");
  EXPECT_EQ(refusal(one_by_ten(), list(raw("b", {1, 10}, 40), raw("x", {1, 10}, 40))),
            "Invalid number of inputs - Expected: 1; Actual: 2");
}

TEST(RequestValidation, NamesTheMissingInput) {
  EXPECT_EQ(refusal(one_by_ten(), raw("x", {1, 10}, 40)), "Missing input with specific name - Required input: b");
}

TEST(RequestValidation, ComparesPrecisions) {
  EXPECT_EQ(refusal(one_by_ten(), raw("b", {1, 10}, 80, ElementType::kF64)),
            "Invalid input precision - Expected: FP32; Actual: FP64; input name: b");
  RequestTensor unknown = raw("b", {1, 10}, 40, ElementType::kUndefined);
  unknown.type_text = "FOO";
  EXPECT_EQ(refusal(one_by_ten(), std::move(unknown)),
            "Invalid input precision - Expected: FP32; Actual: FOO; input name: b");
}

TEST(RequestValidation, ComparesTheNumberOfDimensions) {
  const std::string start = "Invalid number of shape dimensions - Expected: (1,10); Actual: ";
  EXPECT_EQ(refusal(one_by_ten(), raw("b", {10}, 40)), start + "(10); input name: b");
  EXPECT_EQ(refusal(one_by_ten(), raw("b", {1, 1, 10}, 40)), start + "(1,1,10); input name: b");
  EXPECT_EQ(refusal(one_by_ten(), raw("b", {}, 4)), start + "(); input name: b");
}

TEST(RequestValidation, RefusesZeroAndNegativeDimensions) {
  const std::string start = "Invalid input shape - Negative or zero dimension size is not acceptable: ";
  EXPECT_EQ(refusal(one_by_ten(), raw("b", {0, 10}, 0)), start + "(0,10); input name: b");
  EXPECT_EQ(refusal(one_by_ten(), raw("b", {1, -1}, 0)), start + "(1,-1); input name: b");
  EXPECT_EQ(refusal(any_by_ten(), raw("b", {0, 10}, 0)), start + "(0,10); input name: b");
}

TEST(RequestValidation, ComparesTheBatchSizeBeforeTheShape) {
  const std::string batch = "Invalid input batch size - Expected: 1; Actual: 2; input name: b";
  EXPECT_EQ(refusal(one_by_ten(), raw("b", {2, 10}, 80)), batch);
  EXPECT_EQ(refusal(one_by_ten(), raw("b", {2, 11}, 88)), batch);
  const Signature range = signature_of({{1, 8}});
  EXPECT_EQ(refusal(range, raw("b", {9}, 36)), "Invalid input batch size - Expected: 1~8; Actual: 9; input name: b");
}

TEST(RequestValidation, ComparesTheShape) {
  EXPECT_EQ(refusal(one_by_ten(), raw("b", {1, 11}, 44)),
            "Invalid input shape - Expected: (1,10); Actual: (1,11); input name: b");
  EXPECT_EQ(refusal(any_by_ten(), raw("b", {3, 11}, 132)),
            "Invalid input shape - Expected: (-1,10); Actual: (3,11); input name: b");
  EXPECT_EQ(refusal(any_by_ten(), raw("b", {3, 10}, 120)), "accepted");
}

TEST(RequestValidation, ComparesTheContentSize) {
  const std::string start = "Invalid content size of tensor proto - Expected: 40 bytes; Actual: ";
  EXPECT_EQ(refusal(one_by_ten(), raw("b", {1, 10}, 36)), start + "36 bytes; input name: b");
  EXPECT_EQ(refusal(one_by_ten(), raw("b", {1, 10}, 44)), start + "44 bytes; input name: b");
  EXPECT_EQ(refusal(one_by_ten(), raw("b", {1, 10}, 0)), start + "0 bytes; input name: b");
}

TEST(RequestValidation, CountsTypedValues) {
  RequestTensor tensor = raw("b", {1, 10}, 12);
  tensor.content = Content::kValues;
  tensor.value_count = 3;
  EXPECT_EQ(refusal(one_by_ten(), std::move(tensor)),
            "Invalid number of values in tensor proto container - Expected: 10 values; Actual: 3 values; "
            "input name: b");
}

TEST(RequestValidation, SurvivesShapesWhoseProductOverflows) {
  const Signature any = signature_of({Dimension::any(), Dimension::any()});
  const std::int64_t huge = 4611686018427387904;
  EXPECT_NE(refusal(any, raw("b", {huge, 16}, 0)).find("Invalid content size"), std::string::npos);
  EXPECT_NE(refusal(any, raw("b", {huge, 2}, 40)).find("Invalid content size"), std::string::npos);
  EXPECT_NE(refusal(any, raw("b", {huge, 4}, 0)).find("Invalid content size"), std::string::npos);
}

TEST(RequestValidation, ReportsInOpenVinoModelServersOrder) {
  // Everything is wrong at first; each step mends what was reported.
  RequestTensor tensor = raw("x", {}, 1, ElementType::kF64);
  EXPECT_TRUE(refusal(one_by_ten(), list(raw("x", {}, 1), raw("y", {}, 1))).starts_with("Invalid number of inputs"));
  const auto next = [&](const char* start) {
    auto inputs = list(std::move(tensor));
    EXPECT_TRUE(refusal(one_by_ten(), inputs).starts_with(start)) << refusal(one_by_ten(), inputs);
    tensor = std::move(inputs[0]);
  };
  next("Missing input");
  tensor.name = "b";
  next("Invalid input precision");
  tensor.type = ElementType::kF32;
  next("Invalid number of shape dimensions");
  tensor.shape = {2, 0};
  next("Invalid input shape - Negative or zero");
  tensor.shape = {2, 11};
  next("Invalid input batch size");
  tensor.shape = {1, 11};
  next("Invalid input shape - Expected");
  tensor.shape = {1, 10};
  next("Invalid content size");
  tensor.bytes = 40;
  next("accepted");
}

TEST(RequestValidation, TakesAnyShapeWhereTheModelDoes) {
  const Signature any{{{"b", ElementType::kF32, {}, true}}, {}};
  EXPECT_EQ(refusal(any, raw("b", {2, 3}, 24)), "accepted");
  EXPECT_EQ(refusal(any, raw("b", {}, 4)), "accepted");
  EXPECT_NE(refusal(any, raw("b", {2, 0}, 0)).find("Negative or zero"), std::string::npos);
}

TEST(RequestValidation, TakesScalarsWhereTheModelDoes) {
  EXPECT_EQ(refusal(signature_of({}), raw("b", {}, 4)), "accepted");
}

TEST(RequestValidation, CutsWhatClientsMadeLong) {
  RequestTensor tensor = raw("b", Shape(10000, 1), 4);
  EXPECT_LT(refusal(one_by_ten(), std::move(tensor)).size(), 300U);
  RequestTensor word = raw("b", {1, 10}, 40, ElementType::kUndefined);
  word.type_text = std::string(10000, 'x') + "\n";
  EXPECT_LT(refusal(one_by_ten(), std::move(word)).size(), 300U);
}

}  // namespace
}  // namespace ovserve
