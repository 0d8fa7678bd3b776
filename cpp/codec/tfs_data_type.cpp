#include "codec/tfs_data_type.h"

namespace ovserve::tfs {
namespace {

struct DataType {
  ElementType type;
  int number;
  const char* name;
};

constexpr DataType kInvalid{ElementType::kUndefined, 0, "DT_INVALID"};
constexpr DataType kDataTypes[] = {
    {ElementType::kF32, 1, "DT_FLOAT"},      {ElementType::kF64, 2, "DT_DOUBLE"},  {ElementType::kI32, 3, "DT_INT32"},
    {ElementType::kU8, 4, "DT_UINT8"},       {ElementType::kI16, 5, "DT_INT16"},   {ElementType::kI8, 6, "DT_INT8"},
    {ElementType::kString, 7, "DT_STRING"},  {ElementType::kI64, 9, "DT_INT64"},   {ElementType::kBool, 10, "DT_BOOL"},
    {ElementType::kBf16, 14, "DT_BFLOAT16"}, {ElementType::kU16, 17, "DT_UINT16"}, {ElementType::kF16, 19, "DT_HALF"},
    {ElementType::kU32, 22, "DT_UINT32"},    {ElementType::kU64, 23, "DT_UINT64"},
};

const DataType& data_type_of(ElementType type) noexcept {
  for (const DataType& data_type : kDataTypes) {
    if (data_type.type == type) return data_type;
  }
  return kInvalid;
}

}  // namespace

int data_type_number(ElementType type) noexcept { return data_type_of(type).number; }

const char* data_type_name(ElementType type) noexcept { return data_type_of(type).name; }

ElementType element_type_of(std::uint64_t number) noexcept {
  for (const DataType& data_type : kDataTypes) {
    if (static_cast<std::uint64_t>(data_type.number) == number) return data_type.type;
  }
  return ElementType::kUndefined;
}

std::string precision_text(std::uint64_t number) {
  if (number == 0) return "INVALID";
  const ElementType type = element_type_of(number);
  return type == ElementType::kUndefined ? "UNKNOWN(" + std::to_string(number) + ")" : precision_name(type);
}

}  // namespace ovserve::tfs
