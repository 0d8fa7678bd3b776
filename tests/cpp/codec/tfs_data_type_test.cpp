#include "codec/tfs_data_type.h"

#include <gtest/gtest.h>

#include <utility>

namespace ovserve::tfs {
namespace {

TEST(TfsDataType, KnowsEveryTypeBothWays) {
  const std::pair<ElementType, int> numbers[] = {
      {ElementType::kF32, 1},   {ElementType::kF64, 2},   {ElementType::kI32, 3},       {ElementType::kU8, 4},
      {ElementType::kI16, 5},   {ElementType::kI8, 6},    {ElementType::kString, 7},    {ElementType::kI64, 9},
      {ElementType::kBool, 10}, {ElementType::kBf16, 14}, {ElementType::kU16, 17},      {ElementType::kF16, 19},
      {ElementType::kU32, 22},  {ElementType::kU64, 23},  {ElementType::kUndefined, 0},
  };
  for (const auto& [type, number] : numbers) {
    EXPECT_EQ(data_type_number(type), number);
    EXPECT_EQ(element_type_of(static_cast<std::uint64_t>(number)), type);
  }
  EXPECT_EQ(element_type_of(8), ElementType::kUndefined);
  EXPECT_EQ(element_type_of(~std::uint64_t{0}), ElementType::kUndefined);
}

TEST(TfsDataType, HasNamesForBothWorlds) {
  EXPECT_STREQ(data_type_name(ElementType::kBf16), "DT_BFLOAT16");
  EXPECT_STREQ(data_type_name(ElementType::kUndefined), "DT_INVALID");
  EXPECT_EQ(precision_text(2), "FP64");
  EXPECT_EQ(precision_text(0), "INVALID");
  EXPECT_EQ(precision_text(18), "UNKNOWN(18)");
}

}  // namespace
}  // namespace ovserve::tfs
