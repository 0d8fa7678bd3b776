#include "codec/kserve_grpc.h"

namespace ovserve::kserve_grpc {
namespace {

struct Datatype {
  ElementType type;
  const char* name;
};

constexpr Datatype kDatatypes[] = {
    {ElementType::kF32, "FP32"},   {ElementType::kU8, "UINT8"},   {ElementType::kI64, "INT64"},
    {ElementType::kI32, "INT32"},  {ElementType::kBool, "BOOL"},  {ElementType::kString, "BYTES"},
    {ElementType::kF16, "FP16"},   {ElementType::kBf16, "BF16"},  {ElementType::kF64, "FP64"},
    {ElementType::kI8, "INT8"},    {ElementType::kI16, "INT16"},  {ElementType::kU16, "UINT16"},
    {ElementType::kU32, "UINT32"}, {ElementType::kU64, "UINT64"},
};

}  // namespace

const char* datatype_name(ElementType type) noexcept {
  for (const Datatype& datatype : kDatatypes) {
    if (datatype.type == type) return datatype.name;
  }
  return "INVALID";
}

ElementType datatype_from_name(std::string_view name) noexcept {
  for (const Datatype& datatype : kDatatypes) {
    if (name == datatype.name) return datatype.type;
  }
  return ElementType::kUndefined;
}

Shape metadata_shape(const TensorInfo& info) { return info.any_rank ? Shape{-1} : info.shape_on_wire(); }

}  // namespace ovserve::kserve_grpc
