#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <type_traits>

#include "codec/float16.h"
#include "codec/json_decimal.h"

/// Numbers as nearly all of them are written, straight from their text into a tensor's memory: one
/// function per element type, since long arrays of numbers are where the time of a JSON request goes.
/// Each returns false for whatever is not that plain, wrong numbers among it; store_number() takes it.
/// What both accept is stored alike.
namespace ovserve::json {

/// Stores the number at `text` (see read_decimal) as one element.
using StorePlain = bool (*)(const char* text, std::byte* element);

template <class Float>
[[gnu::always_inline]] inline bool store_plain_float(const char* text, std::byte* element) {
  Decimal decimal;
  double number = 0;
  if (read_decimal(text, decimal) == nullptr || !to_double(decimal, number)) return false;
  const auto converted = static_cast<Float>(number);
  ::new (static_cast<void*>(element)) Float(converted);
  return std::isfinite(converted);
}

template <std::uint16_t (*kConvert)(float), float (*kBack)(std::uint16_t)>
bool store_plain_float16(const char* text, std::byte* element) {
  std::byte wide[sizeof(float)];
  if (!store_plain_float<float>(text, wide)) return false;
  float number = 0;
  std::memcpy(&number, wide, sizeof(number));
  const std::uint16_t bits = kConvert(number);
  ::new (static_cast<void*>(element)) std::uint16_t(bits);
  return std::isfinite(kBack(bits));
}

template <class Integer>
[[gnu::always_inline]] inline bool store_plain_integer(const char* text, std::byte* element) {
  Decimal decimal;
  if (read_decimal(text, decimal) == nullptr || !decimal.is_integer) return false;
  if (std::is_unsigned_v<Integer> && decimal.negative) return false;
  const std::uint64_t largest = std::uint64_t{std::numeric_limits<Integer>::max()} + (decimal.negative ? 1 : 0);
  if (decimal.digits > largest) return false;
  const auto number = static_cast<Integer>(decimal.negative ? 0 - decimal.digits : decimal.digits);
  ::new (static_cast<void*>(element)) Integer(number);
  return true;
}

}  // namespace ovserve::json
