#include "codec/json_number.h"

#include <bit>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "base/float16.h"

namespace ovserve::json {
namespace {

template <class T>
Stored put(std::byte* element, T value) {
  std::memcpy(element, &value, sizeof(value));
  return Stored::kYes;
}

// Reads a run of digits off the front; false if there is none.
bool take_digits(std::string_view& token) {
  const std::size_t before = token.size();
  while (!token.empty() && std::isdigit(static_cast<unsigned char>(token.front())) != 0) token.remove_prefix(1);
  return token.size() != before;
}

bool take(std::string_view& token, std::string_view any_of) {
  if (token.empty() || any_of.find(token.front()) == std::string_view::npos) return false;
  token.remove_prefix(1);
  return true;
}

// RFC 8259 section 6.
bool is_number(std::string_view token) {
  take(token, "-");
  const bool leading_zero = token.starts_with('0');
  if (leading_zero) {
    token.remove_prefix(1);
  } else if (!take_digits(token)) {
    return false;
  }
  if (take(token, ".") && !take_digits(token)) return false;
  if (take(token, "eE")) {
    take(token, "+-");
    if (!take_digits(token)) return false;
  }
  return token.empty();
}

std::string_view without_blanks(std::string_view token) {
  return token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
}

// The numbers that JSON has no digits for.
std::optional<double> non_finite(std::string_view token) {
  if (token == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (token == "Infinity") return std::numeric_limits<double>::infinity();
  if (token == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

// How many digits a number has before its point; below zero: how many zeros behind it come first.
std::int64_t magnitude(std::string_view number) {
  std::int64_t digits = 0;
  bool significant = false;
  bool behind_point = false;
  for (std::size_t i = 0; i < number.size(); ++i) {
    const char c = number[i];
    if (c == 'e' || c == 'E') {
      number.remove_prefix(i + (number[i + 1] == '+' ? 2 : 1));
      std::int64_t exponent = 0;
      const auto result = std::from_chars(number.data(), number.data() + number.size(), exponent);
      if (result.ec == std::errc()) return digits + exponent;
      return number.starts_with('-') ? std::numeric_limits<std::int64_t>::min()
                                     : std::numeric_limits<std::int64_t>::max();
    }
    significant = significant || (c >= '1' && c <= '9');
    if (c == '.') {
      behind_point = true;
    } else if (c != '-' && significant != behind_point) {
      digits += significant ? 1 : -1;
    }
  }
  return digits;
}

// The nearest number of the type, which is infinite for numbers that are too large.
template <class Float>
Float nearest_of(std::string_view number) {
  Float nearest = 0;
  const auto result = std::from_chars(number.data(), number.data() + number.size(), nearest);
  if (result.ec != std::errc::result_out_of_range) return nearest;
  return magnitude(number) < 0 ? Float{0} : std::numeric_limits<Float>::infinity();
}

template <class Float>
Stored store_float(std::string_view token, std::byte* element) {
  if (const auto special = non_finite(token)) return put(element, static_cast<Float>(*special));
  // Straight to the type: by way of a double, a float could be the neighbour of the nearest one.
  const Float nearest = nearest_of<Float>(token);
  return std::isfinite(nearest) ? put(element, nearest) : Stored::kOutOfRange;
}

template <std::uint16_t (*kConvert)(double), float (*kRead)(std::uint16_t)>
Stored store_float16(std::string_view token, std::byte* element) {
  std::byte wide[sizeof(double)];
  const Stored stored = store_float<double>(token, wide);
  if (stored != Stored::kYes) return stored;
  double number = 0;
  std::memcpy(&number, wide, sizeof(number));
  const std::uint16_t bits = kConvert(number);
  return std::isfinite(kRead(bits)) || !std::isfinite(number) ? put(element, bits) : Stored::kOutOfRange;
}

// 1.0 and 1e3 where an integer is wanted; doubles below 2^53 in size are exact, larger ones integral.
template <class Integer>
Stored store_integral_double(std::string_view token, std::byte* element) {
  if (non_finite(token)) return Stored::kOutOfRange;
  const double number = nearest_of<double>(token);
  if (number != std::trunc(number)) return Stored::kNotIntegral;
  // The largest integers have no exact double; the power of two just above them has.
  const double upper = std::ldexp(1.0, std::numeric_limits<Integer>::digits);
  const double lower = std::is_signed_v<Integer> ? -upper : 0.0;
  if (number < lower || number >= upper) return Stored::kOutOfRange;
  return put(element, static_cast<Integer>(number));
}

template <class Integer>
Stored store_integer(std::string_view token, std::byte* element) {
  using Wide = std::conditional_t<std::is_signed_v<Integer>, std::int64_t, std::uint64_t>;
  Wide number = 0;
  const auto result = std::from_chars(token.data(), token.data() + token.size(), number);
  const bool is_integer = result.ec == std::errc() && result.ptr == token.data() + token.size();
  if (!is_integer) return store_integral_double<Integer>(token, element);
  if (!std::in_range<Integer>(number)) return Stored::kOutOfRange;
  return put(element, static_cast<Integer>(number));
}

Stored store_bool(std::string_view token, std::byte* element) {
  std::uint8_t number = 0;
  const Stored stored = store_integer<std::uint8_t>(token, reinterpret_cast<std::byte*>(&number));
  if (stored != Stored::kYes) return stored;
  return number <= 1 ? put(element, number) : Stored::kOutOfRange;
}

}  // namespace

Type type_of_word(Value& value) {
  if (!non_finite(without_blanks(value.raw_json_token()))) not_json();
  return Type::number;
}

Stored store_number(std::string_view token, ElementType type, std::byte* element) {
  token = without_blanks(token);
  check_number(token);
  switch (type) {
    case ElementType::kF32:
      return store_float<float>(token, element);
    case ElementType::kF64:
      return store_float<double>(token, element);
    case ElementType::kF16:
      return store_float16<f16_from_double, float_from_f16>(token, element);
    case ElementType::kBf16:
      return store_float16<bf16_from_double, float_from_bf16>(token, element);
    case ElementType::kI8:
      return store_integer<std::int8_t>(token, element);
    case ElementType::kI16:
      return store_integer<std::int16_t>(token, element);
    case ElementType::kI32:
      return store_integer<std::int32_t>(token, element);
    case ElementType::kI64:
      return store_integer<std::int64_t>(token, element);
    case ElementType::kU8:
      return store_integer<std::uint8_t>(token, element);
    case ElementType::kU16:
      return store_integer<std::uint16_t>(token, element);
    case ElementType::kU32:
      return store_integer<std::uint32_t>(token, element);
    case ElementType::kU64:
      return store_integer<std::uint64_t>(token, element);
    case ElementType::kBool:
      return store_bool(token, element);
    default:
      return Stored::kOutOfRange;
  }
}

void check_number(std::string_view token) {
  token = without_blanks(token);
  if (!is_number(token) && !non_finite(token)) not_json();
}

}  // namespace ovserve::json
