#include "engine/tensor_lookup.h"

#include <gtest/gtest.h>

#include "engine/expect_error.h"
#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using testing::expect_error;

testing::Graph sum() {
  const auto x = testing::input("x", ov::element::f32, {1, 4});
  const auto y = testing::input("y", ov::element::f32, {1, 4});
  return testing::graph({{"sum", std::make_shared<testing::opset::Add>(x, y)}}, {x, y});
}

TEST(FindTensor, ByName) {
  EXPECT_EQ(find_tensor(sum()->inputs(), "x", "shape", "input"), 0U);
  EXPECT_EQ(find_tensor(sum()->inputs(), "y", "shape", "input"), 1U);
}

TEST(FindTensor, NoNameMeansTheOnlyOne) {
  EXPECT_EQ(find_tensor(testing::add_one()->inputs(), "", "shape", "input"), 0U);
  expect_error(ErrorCode::kInvalidArgument, "shape: the model has 2 inputs (x, y); write an object that names them",
               [] { find_tensor(sum()->inputs(), "", "shape", "input"); });
}

TEST(FindTensor, NamesWhatThereIs) {
  expect_error(ErrorCode::kInvalidArgument, "shape: the model has no input \"z\"; it has x, y",
               [] { find_tensor(sum()->inputs(), "z", "shape", "input"); });
}

}  // namespace
}  // namespace ovserve
