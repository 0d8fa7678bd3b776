#include "engine/model_ports.h"

#include <gtest/gtest.h>

#include <openvino/runtime/core.hpp>

#include "engine/expect_error.h"
#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using testing::expect_error;
using testing::input;
namespace opset = testing::opset;

ModelPorts ports_of(const testing::Graph& model) {
  ov::Core core;
  return read_ports(core.compile_model(model, "CPU"));
}

TEST(ModelPorts, ReadsNamesTypesAndShapes) {
  const Signature signature = ports_of(testing::add_one({1, 10}, ov::element::i64)).signature;
  ASSERT_EQ(signature.inputs.size(), 1U);
  EXPECT_EQ(signature.inputs[0].name, "b");
  EXPECT_EQ(signature.inputs[0].type, ElementType::kI64);
  EXPECT_EQ(to_string(signature.inputs[0].shape), "(1,10)");
  ASSERT_EQ(signature.outputs.size(), 1U);
  EXPECT_EQ(signature.outputs[0].name, "a");
}

TEST(ModelPorts, ReadsDynamicDimensions) {
  const Signature signature = ports_of(testing::add_one({-1, ov::Dimension(1, 8), ov::Dimension(2, -1)})).signature;
  EXPECT_EQ(to_string(signature.inputs[0].shape), "(-1,1~8,2~)");
  EXPECT_FALSE(signature.inputs[0].any_rank);
}

TEST(ModelPorts, ReadsTheLayoutThatTheModelFileSays) {
  const testing::Graph model = testing::add_one({1, 2, 4, 3});
  EXPECT_EQ(ports_of(model).signature.inputs[0].layout, "");
  model->get_parameters()[0]->set_layout("nhwc");
  EXPECT_EQ(ports_of(model).signature.inputs[0].layout, "NHWC");
}

TEST(ModelPorts, ReadsADynamicRank) {
  const std::shared_ptr<const ov::Model> model = testing::add_one(ov::PartialShape::dynamic());
  const Signature signature = read_ports(model->inputs(), model->outputs()).signature;
  EXPECT_TRUE(signature.inputs[0].any_rank);
  EXPECT_TRUE(signature.inputs[0].shape.empty());
}

TEST(ModelPorts, ReadsAScalar) {
  const Signature signature = ports_of(testing::relu(ov::PartialShape{})).signature;
  EXPECT_FALSE(signature.inputs[0].any_rank);
  EXPECT_TRUE(signature.inputs[0].shape.empty());
}

TEST(ModelPorts, TensorsWithoutNamesAreCalledAsTheirNodes) {
  const auto parameter = std::make_shared<opset::Parameter>(ov::element::f32, ov::PartialShape{1, 4});
  parameter->set_friendly_name("image");
  const auto halves = std::make_shared<opset::Split>(parameter, opset::Constant::create(ov::element::i64, {}, {1}), 2);
  halves->set_friendly_name("halves");
  const auto positive = std::make_shared<opset::Relu>(parameter);
  positive->set_friendly_name("positive");
  const auto model = std::make_shared<ov::Model>(ov::OutputVector{halves->output(0), halves->output(1), positive},
                                                 ov::ParameterVector{parameter});
  const Signature signature = ports_of(model).signature;
  EXPECT_EQ(signature.inputs[0].name, "image");
  ASSERT_EQ(signature.outputs.size(), 3U);
  EXPECT_EQ(signature.outputs[0].name, "halves:0");
  EXPECT_EQ(signature.outputs[1].name, "halves:1");
  EXPECT_EQ(signature.outputs[2].name, "positive");
}

TEST(ModelPorts, ListsATensorOnceThatLeavesTheModelTwice) {
  const auto b = input("b", ov::element::f32, {1, 4});
  const auto first = std::make_shared<opset::Relu>(b);
  const auto last = std::make_shared<opset::Sigmoid>(b);
  const ModelPorts ports = ports_of(testing::graph({{"first", first}, {"first", first}, {"last", last}}, {b}));
  ASSERT_EQ(ports.signature.outputs.size(), 2U);
  EXPECT_EQ(ports.signature.outputs[1].name, "last");
  EXPECT_EQ(ports.output_numbers, (std::vector<std::size_t>{0, 2}));
}

TEST(ModelPorts, RefusesTwoInputsOfOneName) {
  const auto first = std::make_shared<opset::Parameter>(ov::element::f32, ov::PartialShape{1});
  const auto second = std::make_shared<opset::Parameter>(ov::element::f32, ov::PartialShape{1});
  first->set_friendly_name("twin");
  second->set_friendly_name("twin");
  const std::shared_ptr<const ov::Model> model =
      testing::graph({{"a", std::make_shared<opset::Add>(first, second)}}, {first, second});
  expect_error(ErrorCode::kInternal, "\"twin\"", [&] { read_ports(model->inputs(), model->outputs()); });
}

TEST(ModelPorts, NamesATensorOfATypeThatCannotBeServed) {
  const auto b = input("nibbles", ov::element::u4, {1, 8});
  const auto shape = opset::Constant::create(ov::element::i64, {2}, {8, 1});
  const auto model = testing::graph({{"a", std::make_shared<opset::Reshape>(b, shape, false)}}, {b});
  const std::string message = expect_error(ErrorCode::kInternal, "\"nibbles\"", [&] { ports_of(model); });
  EXPECT_NE(message.find("u4"), std::string::npos) << message;
}

}  // namespace
}  // namespace ovserve
