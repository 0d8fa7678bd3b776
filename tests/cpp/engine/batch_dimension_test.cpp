#include "engine/batch_dimension.h"

#include <gtest/gtest.h>

#include "engine/expect_error.h"
#include "engine/model_ports.h"
#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using testing::expect_error;
namespace opset = testing::opset;

std::string refusal(const testing::Graph& model, std::uint32_t max_batch = 8) {
  return expect_error(ErrorCode::kInvalidArgument,
                      "batching does not fit: ", [&] { open_batch_dimension(*model, max_batch); });
}

ov::PartialShape opened(const ov::PartialShape& shape, std::uint32_t max_batch = 8) {
  const auto model = testing::add_one(shape);
  open_batch_dimension(*model, max_batch);
  EXPECT_EQ(model->input(0).get_partial_shape(), model->output(0).get_partial_shape());
  return model->input(0).get_partial_shape();
}

TEST(OpenBatchDimension, MakesRoomForABatch) {
  EXPECT_EQ(opened({1, 10}), (ov::PartialShape{{1, 8}, 10}));
  EXPECT_EQ(opened({4, 10}), (ov::PartialShape{{4, 8}, 10}));
  EXPECT_EQ(opened({{1, 4}, 10}), (ov::PartialShape{{1, 8}, 10}));
}

TEST(OpenBatchDimension, LeavesWhatHasRoomAsItIs) {
  EXPECT_EQ(opened({-1, 10}), (ov::PartialShape{-1, 10}));
  EXPECT_EQ(opened({-1, -1}), (ov::PartialShape{-1, -1}));
  EXPECT_EQ(opened({{1, 64}, 10}), (ov::PartialShape{{1, 64}, 10}));
}

TEST(OpenBatchDimension, NeedsRoomForTwo) {
  EXPECT_EQ(refusal(testing::add_one({3, 10}), 5),
            "batching does not fit: max_batch 5 has no room for two requests, each of 3 rows");
  EXPECT_EQ(opened({3, 10}, 6), (ov::PartialShape{{3, 6}, 10}));
}

TEST(OpenBatchDimension, NeedsOneFirstDimensionOfAllInputs) {
  EXPECT_EQ(refusal(testing::add_one(ov::PartialShape{})), "batching does not fit: input \"b\" has no first dimension");
  EXPECT_EQ(refusal(testing::add_one(ov::PartialShape::dynamic())),
            "batching does not fit: input \"b\" has no first dimension");
  const auto x = testing::input("x", ov::element::f32, {1, 4});
  const auto y = testing::input("y", ov::element::f32, {4});
  EXPECT_EQ(refusal(testing::graph({{"a", std::make_shared<opset::Add>(x, y)}}, {x, y})),
            "batching does not fit: dimension 0 of input \"y\" is not that of input \"x\", so it cannot be the batch "
            "of both");
}

TEST(OpenBatchDimension, NeedsOutputsWithTheBatchInFront) {
  const auto b = testing::input("b", ov::element::f32, {-1, 4});
  const auto rows = opset::Constant::create(ov::element::i64, {1}, {0});
  const auto sum = std::make_shared<opset::ReduceSum>(b, rows, true);
  EXPECT_EQ(refusal(testing::graph({{"sum", sum}}, {b})),
            "batching does not fit: dimension 0 of output \"sum\" is not the batch: for inputs of 2 rows it has the "
            "shape [1,4]");
  const auto order = opset::Constant::create(ov::element::i64, {2}, {1, 0});
  const auto c = testing::input("c", ov::element::f32, {1, 2});
  EXPECT_NE(refusal(testing::graph({{"t", std::make_shared<opset::Transpose>(c, order)}}, {c})).find("output \"t\""),
            std::string::npos)
      << "with two rows it looks right";
  const auto d = testing::input("d", ov::element::f32, {-1, 4});
  const auto found = std::make_shared<opset::NonZero>(d);
  EXPECT_NE(refusal(testing::graph({{"n", found}}, {d})).find("output \"n\""), std::string::npos);
}

TEST(OpenBatchDimension, SaysWhyAModelTakesNoBatch) {
  const auto b = testing::input("b", ov::element::f32, {1, 4});
  const auto shape = opset::Constant::create(ov::element::i64, {2}, {1, 4});
  const std::string text = refusal(testing::graph({{"a", std::make_shared<opset::Reshape>(b, shape, false)}}, {b}));
  EXPECT_TRUE(text.starts_with("batching does not fit: the model takes no batch of 2: ")) << text;
}

TEST(CheckBatchDimension, LooksAtWhatWasCompiled) {
  const auto check = [](const ov::PartialShape& shape) {
    const auto model = std::static_pointer_cast<const ov::Model>(testing::add_one(shape));
    check_batch_dimension(read_ports(model->inputs(), model->outputs()).signature, 8);
  };
  EXPECT_NO_THROW(check({-1, 10}));
  EXPECT_NO_THROW(check({{1, 8}, 10}));
  for (const ov::PartialShape& shape : {ov::PartialShape{1, 10}, ov::PartialShape{{1, 4}, 10}}) {
    expect_error(ErrorCode::kInvalidArgument, "input \"b\" of the compiled blob takes no batch of 8",
                 [&] { check(shape); });
  }
  expect_error(ErrorCode::kInvalidArgument, "no room for two", [&] { check({{5, 8}, 10}); });
}

}  // namespace
}  // namespace ovserve
