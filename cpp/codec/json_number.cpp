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
  return token.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// The numbers that JSON has no digits for.
std::optional<double> non_finite(Value& value) {
  std::string_view token = value.raw_json_token();
  token = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
  if (token == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (token == "Infinity") return std::numeric_limits<double>::infinity();
  if (token == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

// For tokens that simdjson refuses: numbers beyond the range of double are still JSON.
void require_number(Value& value) {
  if (!is_number(value.raw_json_token()) && !non_finite(value)) not_json();
}

// The float nearest to the number. By way of a double it can be its neighbour: where the double lies
// half way between two floats, only the digits tell which one is nearer.
float nearest_float(Value& value, double number) {
  const auto near = static_cast<float>(number);
  if (near == number) return near;
  const bool is_subnormal = std::abs(number) < std::numeric_limits<float>::min();
  constexpr std::uint64_t kDropped = (std::uint64_t{1} << 29U) - 1;  // mantissa: 52 bits against 23
  if (!is_subnormal && (std::bit_cast<std::uint64_t>(number) & kDropped) != (kDropped + 1) / 2) return near;
  const std::string_view digits = value.raw_json_token();
  float exact = near;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), exact);
  return result.ec == std::errc() ? exact : near;
}

template <class Float>
Stored store_float(Value& value, std::byte* element) {
  double number = 0;
  if (value.get_double().get(number) != simdjson::SUCCESS) {
    if (const auto special = non_finite(value)) return put(element, static_cast<Float>(*special));
    require_number(value);
    return Stored::kOutOfRange;
  }
  if constexpr (std::is_same_v<Float, float>) {
    const float near = nearest_float(value, number);
    return std::isfinite(near) ? put(element, near) : Stored::kOutOfRange;
  } else {
    return put(element, number);
  }
}

template <std::uint16_t (*kConvert)(double), float (*kRead)(std::uint16_t)>
Stored store_float16(Value& value, std::byte* element) {
  std::byte wide[sizeof(double)];
  const Stored stored = store_float<double>(value, wide);
  if (stored != Stored::kYes) return stored;
  double number = 0;
  std::memcpy(&number, wide, sizeof(number));
  const std::uint16_t bits = kConvert(number);
  return std::isfinite(kRead(bits)) || !std::isfinite(number) ? put(element, bits) : Stored::kOutOfRange;
}

// 1.0 and 1e3 where an integer is wanted; doubles below 2^53 in size are exact, larger ones integral.
template <class Integer>
Stored store_integral_double(Value& value, std::byte* element) {
  double number = 0;
  if (value.get_double().get(number) != simdjson::SUCCESS) {
    require_number(value);
    return Stored::kOutOfRange;
  }
  if (number != std::trunc(number)) return Stored::kNotIntegral;
  // The largest integers have no exact double; the power of two just above them has.
  const double upper = std::ldexp(1.0, std::numeric_limits<Integer>::digits);
  const double lower = std::is_signed_v<Integer> ? -upper : 0.0;
  if (number < lower || number >= upper) return Stored::kOutOfRange;
  return put(element, static_cast<Integer>(number));
}

template <class Integer>
Stored store_integer(Value& value, std::byte* element) {
  using Wide = std::conditional_t<std::is_signed_v<Integer>, std::int64_t, std::uint64_t>;
  Wide number = 0;
  bool is_integer = false;
  if constexpr (std::is_signed_v<Integer>) {
    is_integer = value.get_int64().get(number) == simdjson::SUCCESS;
  } else {
    is_integer = value.get_uint64().get(number) == simdjson::SUCCESS;
  }
  if (!is_integer) return store_integral_double<Integer>(value, element);
  if (!std::in_range<Integer>(number)) return Stored::kOutOfRange;
  return put(element, static_cast<Integer>(number));
}

Stored store_bool(Value& value, std::byte* element) {
  std::uint8_t number = 0;
  const Stored stored = store_integer<std::uint8_t>(value, reinterpret_cast<std::byte*>(&number));
  if (stored != Stored::kYes) return stored;
  return number <= 1 ? put(element, number) : Stored::kOutOfRange;
}

}  // namespace

Type type_of_word(Value& value) {
  if (!non_finite(value)) not_json();
  return Type::number;
}

Stored store_number(Value& value, ElementType type, std::byte* element) {
  switch (type) {
    case ElementType::kF32:
      return store_float<float>(value, element);
    case ElementType::kF64:
      return store_float<double>(value, element);
    case ElementType::kF16:
      return store_float16<f16_from_double, float_from_f16>(value, element);
    case ElementType::kBf16:
      return store_float16<bf16_from_double, float_from_bf16>(value, element);
    case ElementType::kI8:
      return store_integer<std::int8_t>(value, element);
    case ElementType::kI16:
      return store_integer<std::int16_t>(value, element);
    case ElementType::kI32:
      return store_integer<std::int32_t>(value, element);
    case ElementType::kI64:
      return store_integer<std::int64_t>(value, element);
    case ElementType::kU8:
      return store_integer<std::uint8_t>(value, element);
    case ElementType::kU16:
      return store_integer<std::uint16_t>(value, element);
    case ElementType::kU32:
      return store_integer<std::uint32_t>(value, element);
    case ElementType::kU64:
      return store_integer<std::uint64_t>(value, element);
    case ElementType::kBool:
      return store_bool(value, element);
    default:
      return Stored::kOutOfRange;
  }
}

void check_number(Value& value) {
  double number = 0;
  // Iteration passes over a scalar that was not taken.
  if (value.get_double().get(number) != simdjson::SUCCESS) require_number(value);
}

}  // namespace ovserve::json
