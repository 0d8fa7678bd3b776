#pragma once

#include <cstddef>

#include "base/element_type.h"
#include "codec/json_document.h"

/// The one place that turns JSON numbers into tensor elements.
namespace ovserve::json {

/// What became of one number.
enum class Stored {
  kYes,
  kOutOfRange,   ///< the type cannot hold it
  kNotIntegral,  ///< it has a fraction, and the type is an integer
};

/// Writes the number to `element` (size_of(type) bytes) as `type`, which is neither kString nor
/// kUndefined. 64-bit integers are exact; 1.0 and 1e3 are integers too; kBool takes 0 and 1.
/// Throws Error(kFailedPrecondition) if `value` is no number in the sense of JSON.
Stored store_number(Value& value, ElementType type, std::byte* element);

/// Throws Error(kFailedPrecondition) if the token is no number in the sense of JSON.
void check_number(Value& value);

}  // namespace ovserve::json
