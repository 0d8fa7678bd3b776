#pragma once

#include <cstddef>
#include <cstdint>

namespace ovserve {

/// Type of one tensor element, free of any wire format.
enum class ElementType : std::uint8_t {
  kUndefined,  ///< not a type that tensors can have here
  kBool,
  kBf16,
  kF16,
  kF32,
  kF64,
  kI8,
  kI16,
  kI32,
  kI64,
  kU8,
  kU16,
  kU32,
  kU64,
  kString,  ///< elements are std::string objects in memory
};

/// Bytes of one element in memory; 0 for kUndefined, sizeof(std::string) for kString.
std::size_t size_of(ElementType type) noexcept;

/// The name that OpenVINO Model Server's messages use: "FP32", "I64", "BOOL", "UNDEFINED".
const char* precision_name(ElementType type) noexcept;

}  // namespace ovserve
