#include <gtest/gtest.h>

#include "codec/kserve_grpc.h"

namespace ovserve::kserve_grpc {
namespace {

TEST(KserveDatatype, NamesEveryTypeBothWays) {
  const std::pair<ElementType, std::string_view> names[] = {
      {ElementType::kBool, "BOOL"},  {ElementType::kBf16, "BF16"},    {ElementType::kF16, "FP16"},
      {ElementType::kF32, "FP32"},   {ElementType::kF64, "FP64"},     {ElementType::kI8, "INT8"},
      {ElementType::kI16, "INT16"},  {ElementType::kI32, "INT32"},    {ElementType::kI64, "INT64"},
      {ElementType::kU8, "UINT8"},   {ElementType::kU16, "UINT16"},   {ElementType::kU32, "UINT32"},
      {ElementType::kU64, "UINT64"}, {ElementType::kString, "BYTES"},
  };
  for (const auto& [type, name] : names) {
    EXPECT_EQ(datatype_name(type), name);
    EXPECT_EQ(datatype_from_name(name), type);
  }
}

TEST(KserveDatatype, UnknownWordsAreNoType) {
  EXPECT_STREQ(datatype_name(ElementType::kUndefined), "INVALID");
  EXPECT_EQ(datatype_from_name("FOO"), ElementType::kUndefined);
  EXPECT_EQ(datatype_from_name("fp32"), ElementType::kUndefined);
  EXPECT_EQ(datatype_from_name("INVALID"), ElementType::kUndefined);
  EXPECT_EQ(datatype_from_name(""), ElementType::kUndefined);
}

}  // namespace
}  // namespace ovserve::kserve_grpc
