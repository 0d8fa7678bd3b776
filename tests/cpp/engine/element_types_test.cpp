#include "engine/element_types.h"

#include <gtest/gtest.h>

namespace ovserve {
namespace {

TEST(ElementTypes, EveryTypeGoesThereAndBackWithItsSize) {
  for (int i = static_cast<int>(ElementType::kBool); i <= static_cast<int>(ElementType::kString); ++i) {
    const auto type = static_cast<ElementType>(i);
    const ov::element::Type theirs = to_openvino(type);
    EXPECT_EQ(from_openvino(theirs), type) << precision_name(type);
    EXPECT_EQ(theirs.size(), size_of(type)) << precision_name(type);
  }
}

TEST(ElementTypes, OthersAreUndefined) {
  for (const auto& type :
       {ov::element::u1, ov::element::i4, ov::element::nf4, ov::element::f8e4m3, ov::element::dynamic}) {
    EXPECT_EQ(from_openvino(type), ElementType::kUndefined) << type;
  }
  EXPECT_EQ(to_openvino(ElementType::kUndefined), ov::element::dynamic);
}

}  // namespace
}  // namespace ovserve
