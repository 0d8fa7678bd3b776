#include "base/tensor.h"

#include <gtest/gtest.h>

#include <limits>

namespace ovserve {
namespace {

TEST(ElementCount, MultipliesDimensions) {
  EXPECT_EQ(element_count({1, 3, 224, 224}), 150528U);
  EXPECT_EQ(element_count({}), 1U);
  EXPECT_EQ(element_count({4, 0}), 0U);
}

TEST(ElementCount, IsZeroForNegativeDimensions) {
  EXPECT_EQ(element_count({-1, 10}), 0U);
  EXPECT_EQ(element_count({-2, -5}), 0U);
}

TEST(ElementCount, DoesNotWrapAround) {
  const std::int64_t large = 1'000'000'000'000;
  EXPECT_EQ(element_count({large, large}), std::numeric_limits<std::size_t>::max());
  EXPECT_EQ(element_count({large, large, 0}), 0U);
}

TEST(ShapeToString, IsTheFormOfMessages) {
  EXPECT_EQ(to_string(Shape{1, 3, 224, 224}), "(1,3,224,224)");
  EXPECT_EQ(to_string(Shape{-1}), "(-1)");
  EXPECT_EQ(to_string(Shape{}), "()");
}

}  // namespace
}  // namespace ovserve
