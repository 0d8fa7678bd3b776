#include "engine/model_source.h"

#include <gtest/gtest.h>

#include "engine/adopted_tensor.h"
#include "engine/expect_error.h"
#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using testing::expect_error;
namespace opset = testing::opset;

ov::PartialShape input_shape_after(const testing::Graph& model, const Dimension& batch) {
  ov::Core core;
  ModelSource source = ModelSource::from_graph(model);
  source.set_batch_size(batch);
  return source.compile(core, "CPU", {}).input(0).get_partial_shape();
}

TEST(ModelSource, SetsTheFirstDimension) {
  EXPECT_EQ(input_shape_after(testing::add_one(), Dimension::fixed(4)), (ov::PartialShape{4, 10}));
  EXPECT_EQ(input_shape_after(testing::add_one(), Dimension::any()), (ov::PartialShape{-1, 10}));
  EXPECT_EQ(input_shape_after(testing::add_one(), Dimension{2, 8}), (ov::PartialShape{ov::Dimension(2, 8), 10}));
}

TEST(ModelSource, RefusesABatchSizeForAScalar) {
  ModelSource source = ModelSource::from_graph(testing::relu(ov::PartialShape{}));
  expect_error(ErrorCode::kInvalidArgument, "batch_size (4)", [&] { source.set_batch_size(Dimension::fixed(4)); });
}

TEST(ModelSource, SaysWhyAModelDoesNotAllowABatchSize) {
  const auto b = testing::input("b", ov::element::f32, {1, 10});
  const auto shape = opset::Constant::create(ov::element::i64, {2}, {2, 5});
  const auto model = testing::graph({{"a", std::make_shared<opset::Reshape>(b, shape, false)}}, {b});
  ModelSource source = ModelSource::from_graph(model);
  const std::string message =
      expect_error(ErrorCode::kInvalidArgument, "batch_size (3)", [&] { source.set_batch_size(Dimension::fixed(3)); });
  EXPECT_NE(message.find("Reshape"), std::string::npos) << message;
}

TEST(ModelSource, RefusesABatchSizeForABlob) {
  ModelSource source = ModelSource::from_blob(adopt(testing::buffer_of(testing::export_blob(testing::add_one()))));
  expect_error(ErrorCode::kInvalidArgument, "compiled blob", [&] { source.set_batch_size(Dimension::fixed(2)); });
}

TEST(ModelSource, SetsShapes) {
  ov::Core core;
  const auto shape_after = [&core](const InputShapes& shapes) {
    ModelSource source = ModelSource::from_graph(testing::add_one());
    source.set_shapes(shapes);
    return source.compile(core, "CPU", {}).input(0).get_partial_shape();
  };
  EXPECT_EQ(shape_after({{"", {{Dimension::fixed(4), Dimension{2, 8}}}}}), (ov::PartialShape{4, ov::Dimension(2, 8)}));
  EXPECT_EQ(shape_after({{"b", std::nullopt}}), (ov::PartialShape{-1, -1}));
}

TEST(ModelSource, SaysWhyAShapeDoesNotFit) {
  ModelSource source = ModelSource::from_graph(testing::add_one());
  expect_error(ErrorCode::kInvalidArgument, "shape (4) does not fit: the model takes 2 dimensions here, not 1",
               [&] { source.set_shapes({{"", {{Dimension::fixed(4)}}}}); });
  expect_error(ErrorCode::kInvalidArgument, "shape: the model has no input \"z\"",
               [&] { source.set_shapes({{"z", std::nullopt}}); });
}

TEST(ModelSource, RefusesAShapeForABlob) {
  ModelSource source = ModelSource::from_blob(adopt(testing::buffer_of(testing::export_blob(testing::add_one()))));
  expect_error(ErrorCode::kInvalidArgument, "shape auto does not fit: a compiled blob",
               [&] { source.set_shapes({{"", std::nullopt}}); });
}

TEST(ModelSource, CompilesABlob) {
  ov::Core core;
  const auto source = ModelSource::from_blob(adopt(testing::buffer_of(testing::export_blob(testing::add_one()))));
  EXPECT_EQ(source.compile(core, "CPU", {}).input(0).get_partial_shape(), (ov::PartialShape{1, 10}));
}

TEST(ModelSource, WeighsWhatEveryInferenceReads) {
  const auto b = testing::input("b", ov::element::f32, {1, 100});
  const auto weights = opset::Constant::create(ov::element::f32, {100, 50}, std::vector<float>(5000, 1.0F));
  const auto model = testing::graph({{"a", std::make_shared<opset::MatMul>(b, weights)}}, {b});
  EXPECT_EQ(ModelSource::from_graph(model).bytes_read_per_inference(), 20'000U);
}

TEST(ModelSource, ATableThatIsOnlyLookedUpWeighsNothing) {
  EXPECT_LT(ModelSource::from_graph(testing::table(1000)).bytes_read_per_inference(), 100U);
}

}  // namespace
}  // namespace ovserve
