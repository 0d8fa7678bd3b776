#include "base/element_type.h"

#include <string>

namespace ovserve {

std::size_t size_of(ElementType type) noexcept {
  switch (type) {
    case ElementType::kUndefined:
      return 0;
    case ElementType::kBool:
    case ElementType::kI8:
    case ElementType::kU8:
      return 1;
    case ElementType::kBf16:
    case ElementType::kF16:
    case ElementType::kI16:
    case ElementType::kU16:
      return 2;
    case ElementType::kF32:
    case ElementType::kI32:
    case ElementType::kU32:
      return 4;
    case ElementType::kF64:
    case ElementType::kI64:
    case ElementType::kU64:
      return 8;
    case ElementType::kString:
      return sizeof(std::string);
  }
  return 0;
}

const char* precision_name(ElementType type) noexcept {
  switch (type) {
    case ElementType::kUndefined:
      break;
    case ElementType::kBool:
      return "BOOL";
    case ElementType::kBf16:
      return "BF16";
    case ElementType::kF16:
      return "FP16";
    case ElementType::kF32:
      return "FP32";
    case ElementType::kF64:
      return "FP64";
    case ElementType::kI8:
      return "I8";
    case ElementType::kI16:
      return "I16";
    case ElementType::kI32:
      return "I32";
    case ElementType::kI64:
      return "I64";
    case ElementType::kU8:
      return "U8";
    case ElementType::kU16:
      return "U16";
    case ElementType::kU32:
      return "U32";
    case ElementType::kU64:
      return "U64";
    case ElementType::kString:
      return "STRING";
  }
  return "UNDEFINED";
}

}  // namespace ovserve
