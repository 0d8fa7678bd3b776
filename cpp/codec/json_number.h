#pragma once

#include <cstddef>
#include <string_view>

#include "base/element_type.h"
#include "codec/json_document.h"

/// The one place that turns JSON numbers into tensor elements. The bare words NaN, Infinity and
/// -Infinity are numbers too, as in TensorFlow Serving. simdjson stops at them, and only then is
/// the word looked at, so that other numbers cost what they cost without.
namespace ovserve::json {

/// Type::number for NaN and Infinity, of which simdjson knows no type. Throws like valid().
Type type_of_word(Value& value);

/// The type of a value; NaN and Infinity are numbers. Throws like valid().
inline Type type_of(Value& value) {
  Type type = Type::null;
  if (value.type().get(type) == simdjson::SUCCESS) return type;
  return type_of_word(value);
}

/// What became of one number.
enum class Stored {
  kYes,
  kOutOfRange,   ///< the type cannot hold it
  kNotIntegral,  ///< it has a fraction, and the type is an integer
};

/// Writes the number that `token` is, blanks behind it aside, to `element` (size_of(type) bytes) as
/// `type`, which is neither kString nor kUndefined. 64-bit integers are exact; 1.0 and 1e3 are integers
/// too; kBool takes 0 and 1; the floating point types take NaN, Infinity and -Infinity.
/// Throws Error(kFailedPrecondition) if it is no number.
Stored store_number(std::string_view token, ElementType type, std::byte* element);

/// Throws Error(kFailedPrecondition) if the token is no number.
void check_number(std::string_view token);

}  // namespace ovserve::json
