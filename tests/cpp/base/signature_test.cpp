#include "base/signature.h"

#include <gtest/gtest.h>

namespace ovserve {
namespace {

std::vector<Dimension> mixed() { return {Dimension::any(), Dimension::fixed(10), Dimension{1, 8}, Dimension{2}}; }

TEST(Dimension, AcceptsWhatLiesInItsRange) {
  EXPECT_TRUE(Dimension::fixed(10).accepts(10));
  EXPECT_FALSE(Dimension::fixed(10).accepts(9));
  EXPECT_TRUE((Dimension{1, 8}.accepts(8)));
  EXPECT_FALSE((Dimension{1, 8}.accepts(9)));
  EXPECT_TRUE(Dimension::any().accepts(0));
  EXPECT_FALSE(Dimension::any().accepts(-1));
}

TEST(TensorInfo, ShowsMinusOneWhereTheSizeIsNotFixed) {
  const TensorInfo tensor{"x", ElementType::kF32, mixed()};
  EXPECT_EQ(tensor.shape_on_wire(), (Shape{-1, 10, -1, -1}));
}

TEST(Signature, FindsTensorsByName) {
  Signature signature;
  signature.inputs = {{"a", ElementType::kF32, {}}, {"b", ElementType::kI64, {}}};
  signature.outputs = {{"c", ElementType::kF32, {}}};
  EXPECT_EQ(signature.find_input("b"), 1U);
  EXPECT_EQ(signature.find_output("c"), 0U);
  EXPECT_EQ(signature.find_input("c"), std::nullopt);
  EXPECT_EQ(signature.find_output("a"), std::nullopt);
}

TEST(DimensionsToString, IsTheFormOfMessages) {
  EXPECT_EQ(to_string(mixed()), "(-1,10,1~8,2~)");
  EXPECT_EQ(to_string(std::vector<Dimension>{}), "()");
}

}  // namespace
}  // namespace ovserve
