#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <type_traits>

#include "base/float16.h"
#include "codec/json_decimal.h"

/// Numbers as nearly all of them are written, straight from their text into a tensor's memory: one
/// function per element type, since long arrays of numbers are where the time of a JSON request goes.
/// Each returns false for whatever is not that plain, wrong numbers among it; store_number() takes it.
/// What both accept is stored alike.
namespace ovserve::json {

/// Stores the number at `text` (see read_decimal) as one element.
using StorePlain = bool (*)(const char* text, std::byte* element);

// By way of a double, a float can be the neighbour of the nearest one: where the double lies half way
// between two floats, only the digits tell which one is nearer. Floats below the normal ones have fewer bits.
inline bool is_nearest(double number, float converted) {
  if (converted == number) return true;
  constexpr std::uint64_t kDropped = (std::uint64_t{1} << 29U) - 1;  // mantissa: 52 bits against 23
  return std::abs(number) >= static_cast<double>(std::numeric_limits<float>::min()) &&
         (std::bit_cast<std::uint64_t>(number) & kDropped) != (kDropped + 1) / 2;
}
inline bool is_nearest(double /*number*/, double /*converted*/) { return true; }

template <class Float>
[[gnu::always_inline]] inline bool store_plain_float(const char* text, std::byte* element) {
  Decimal decimal;
  double number = 0;
  if (read_decimal(text, decimal) == nullptr || !to_double(decimal, number)) return false;
  const auto converted = static_cast<Float>(number);
  ::new (static_cast<void*>(element)) Float(converted);
  return std::isfinite(converted) && is_nearest(number, converted);
}

template <std::uint16_t (*kConvert)(double), float (*kBack)(std::uint16_t)>
bool store_plain_float16(const char* text, std::byte* element) {
  std::byte wide[sizeof(double)];
  if (!store_plain_float<double>(text, wide)) return false;
  double number = 0;
  std::memcpy(&number, wide, sizeof(number));
  const std::uint16_t bits = kConvert(number);
  ::new (static_cast<void*>(element)) std::uint16_t(bits);
  return std::isfinite(kBack(bits));
}

template <class Integer>
[[gnu::always_inline]] inline bool store_plain_integer(const char* text, std::byte* element) {
  Decimal decimal;
  if (!read_short_integer(text, decimal) && (read_decimal(text, decimal) == nullptr || !decimal.is_integer))
    return false;
  if (std::is_unsigned_v<Integer> && decimal.negative) return false;
  const std::uint64_t largest = std::uint64_t{std::numeric_limits<Integer>::max()} + (decimal.negative ? 1 : 0);
  if (decimal.digits > largest) return false;
  const auto number = static_cast<Integer>(decimal.negative ? 0 - decimal.digits : decimal.digits);
  ::new (static_cast<void*>(element)) Integer(number);
  return true;
}

}  // namespace ovserve::json
