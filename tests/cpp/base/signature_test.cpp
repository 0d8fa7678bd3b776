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

TEST(TensorInfo, StringsAreImagesInFourDimensionsAndTextInTwoOfU8) {
  const std::vector<Dimension> two(2, Dimension::any());
  const std::vector<Dimension> four(4, Dimension::any());
  for (const ElementType type : {ElementType::kU8, ElementType::kF32, ElementType::kBf16, ElementType::kI64}) {
    EXPECT_TRUE((TensorInfo{"x", type, four}.takes_images())) << precision_name(type);
    EXPECT_FALSE((TensorInfo{"x", type, two}.takes_images())) << precision_name(type);
    EXPECT_EQ((TensorInfo{"x", type, two}.takes_text()), type == ElementType::kU8) << precision_name(type);
  }
  for (const ElementType type : {ElementType::kBool, ElementType::kString, ElementType::kUndefined}) {
    EXPECT_FALSE((TensorInfo{"x", type, four}.takes_images())) << precision_name(type);
    EXPECT_FALSE((TensorInfo{"x", type, two}.takes_text())) << precision_name(type);
  }
  EXPECT_FALSE((TensorInfo{"x", ElementType::kU8, {}, true}.takes_images()));
  EXPECT_FALSE((TensorInfo{"x", ElementType::kU8, {}, true}.takes_text()));
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
  EXPECT_EQ(to_string(Dimension::fixed(10)), "10");
  EXPECT_EQ(to_string(Dimension{1, 8}), "1~8");
  EXPECT_EQ(to_string(mixed()), "(-1,10,1~8,2~)");
  EXPECT_EQ(to_string(std::vector<Dimension>{}), "()");
}

}  // namespace
}  // namespace ovserve
