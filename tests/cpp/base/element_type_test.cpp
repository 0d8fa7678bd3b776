#include "base/element_type.h"

#include <gtest/gtest.h>

#include <string>

namespace ovserve {
namespace {

struct Row {
  ElementType type;
  std::size_t size;
  const char* name;
};

TEST(ElementType, HasSizeAndName) {
  const Row rows[] = {
      {ElementType::kUndefined, 0, "UNDEFINED"},
      {ElementType::kBool, 1, "BOOL"},
      {ElementType::kBf16, 2, "BF16"},
      {ElementType::kF16, 2, "FP16"},
      {ElementType::kF32, 4, "FP32"},
      {ElementType::kF64, 8, "FP64"},
      {ElementType::kI8, 1, "I8"},
      {ElementType::kI16, 2, "I16"},
      {ElementType::kI32, 4, "I32"},
      {ElementType::kI64, 8, "I64"},
      {ElementType::kU8, 1, "U8"},
      {ElementType::kU16, 2, "U16"},
      {ElementType::kU32, 4, "U32"},
      {ElementType::kU64, 8, "U64"},
      {ElementType::kString, sizeof(std::string), "STRING"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(size_of(row.type), row.size) << row.name;
    EXPECT_STREQ(precision_name(row.type), row.name);
  }
}

}  // namespace
}  // namespace ovserve
