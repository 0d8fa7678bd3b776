#pragma once

#include <cstdint>
#include <string>

#include "base/element_type.h"

/// tensorflow.DataType. Source: tensorflow core/framework/types.proto.
namespace ovserve::tfs {

/// DT_FLOAT is 1; 0 (DT_INVALID) for kUndefined.
int data_type_number(ElementType type) noexcept;
/// "DT_FLOAT"; "DT_INVALID" for kUndefined.
const char* data_type_name(ElementType type) noexcept;
/// kUndefined for numbers that tensors cannot have here.
ElementType element_type_of(std::uint64_t number) noexcept;

/// The word that messages use for a number: "FP32", "INVALID" for 0, "UNKNOWN(8)" for other ones.
std::string precision_text(std::uint64_t number);

}  // namespace ovserve::tfs
