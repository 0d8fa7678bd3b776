#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

/// Reading of decimal numbers as JSON writes them, for arrays of very many. It is quick because it
/// may give up: what is malformed, rare or too close to call is left to a reader that knows
/// everything. What it does answer is exact.
namespace ovserve::json {

/// digits * 10^exponent, negated if `negative`.
struct Decimal {
  std::uint64_t digits = 0;
  int exponent = 0;
  bool negative = false;
  bool is_integer = true;  ///< written without point and exponent
};

/// How many bytes behind the end of a number read_decimal may look at.
inline constexpr std::size_t kDecimalPadding = 8;

namespace decimal {

static_assert(std::endian::native == std::endian::little, "the first digit of a block is in its lowest byte");

inline constexpr std::uint64_t kInEachByte = 0x0101010101010101U;
inline constexpr unsigned kBlock = 8;              // digits that are read at once
inline constexpr std::ptrdiff_t kMostDigits = 19;  // that surely fit 64 bits
inline constexpr int kMostExponentDigits = 3;

template <class Number, std::size_t kCount>
constexpr std::array<Number, kCount> powers_of_ten() {
  std::array<Number, kCount> powers{1};
  for (std::size_t i = 1; i < kCount; ++i) powers[i] = 10 * powers[i - 1];
  return powers;
}

inline constexpr auto kIntegerPowers = powers_of_ten<std::uint64_t, kBlock + 1>();
inline constexpr auto kExactPowers = powers_of_ten<double, 23>();       // 10^22 is the last that a double holds
inline constexpr std::uint64_t kExactDigits = std::uint64_t{1} << 53U;  // any whole number up to it is a double

inline bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

inline bool ends_number(char c) noexcept {
  return c == ',' || c == ']' || c == '}' || c == '\n' || c == ' ' || c == '\r' || c == '\t';
}

/// The number that eight digits are, of which `block` has the values. Neighbours are joined to
/// pairs, pairs to fours, and fours to all eight.
inline std::uint64_t joined(std::uint64_t block) noexcept {
  block = (block * ((10U << 8U) + 1) >> 8U) & 0x00FF00FF00FF00FFU;
  block = (block * ((100U << 16U) + 1) >> 16U) & 0x0000FFFF0000FFFFU;
  return block * ((std::uint64_t{10000} << 32U) + 1) >> 32U;
}

/// How many bits the digits at the front of a block take, of which `block` has the values: a multiple of 8.
inline unsigned digit_bits(std::uint64_t block) noexcept {
  // The high bit of each byte that is no digit; a carry reaches only bytes behind the first of them.
  const std::uint64_t others = ((block + (0x7F - 9) * kInEachByte) | block) & (0x80 * kInEachByte);
  return static_cast<unsigned>(std::countr_zero(others)) & ~7U;
}

/// Appends the digits at `text` to `number`, modulo 2^64. Returns where they end.
[[gnu::always_inline]] inline const char* take_digits(const char* text, std::uint64_t& number) noexcept {
  for (;;) {
    std::uint64_t block = 0;
    std::memcpy(&block, text, sizeof(block));
    block ^= '0' * kInEachByte;
    const unsigned bits = digit_bits(block);
    if (bits == 64) {
      number = number * kIntegerPowers[kBlock] + joined(block);
      text += kBlock;
      continue;
    }
    if (bits == 0) return text;
    // Moved to the end of the block, the digits have zeros before them.
    number = number * kIntegerPowers[bits / 8] + joined(block << (64 - bits));
    return text + bits / 8;
  }
}

/// Whether `count` digits, perhaps with a point among them, fit 64 bits without the zeros at their front.
inline bool fit(const char* digits, std::ptrdiff_t count) noexcept {
  for (; *digits == '0' || *digits == '.'; ++digits) count -= *digits == '0' ? 1 : 0;
  return count <= kMostDigits;
}

__extension__ using Wide = unsigned __int128;

/// 10^n = (significand + d) * 2^exponent with 0 <= d < 1; the significand's highest bit is set.
struct Power {
  std::uint64_t significand = 0;
  int exponent = 0;
};

inline constexpr int kSmallestPower = -54;  // 5^54 leaves one bit of Wide to the division
inline constexpr int kLargestPower = 27;    // 5^27 fits 64 bits

constexpr Power make_power(int n) {
  Wide five = 1;
  for (int i = 0; i < (n < 0 ? -n : n); ++i) five *= 5;
  unsigned bits = 0;
  while (five >> bits != 0) ++bits;
  const auto width = static_cast<int>(bits);
  if (n >= 0) return {static_cast<std::uint64_t>(five << (64 - bits)), n + width - 64};
  // The 64 bits of 2^(63 + width) / 5^-n, one after the other.
  std::uint64_t quotient = 0;
  Wide rest = Wide{1} << (bits - 1);
  for (int bit = 0; bit < 64; ++bit) {
    rest <<= 1U;
    quotient <<= 1U;
    if (rest >= five) {
      rest -= five;
      quotient |= 1U;
    }
  }
  return {quotient, n - width - 63};
}

inline constexpr auto kPowers = [] {
  std::array<Power, kLargestPower - kSmallestPower + 1> powers;
  for (int n = kSmallestPower; n <= kLargestPower; ++n)
    powers[static_cast<std::size_t>(n - kSmallestPower)] = make_power(n);
  return powers;
}();

}  // namespace decimal

/// Reads the number at `text`, which must not reach into the last kDecimalPadding readable bytes. Returns its end; null
/// if it has too many digits, is malformed, or is followed by something that cannot follow a number.
[[gnu::always_inline]] inline const char* read_decimal(const char* text, Decimal& number) noexcept {
  using namespace decimal;
  number.negative = *text == '-';
  text += number.negative ? 1 : 0;
  const char* const first = text;
  if (!is_digit(*first)) return nullptr;
  number.digits = static_cast<std::uint64_t>(*text++ - '0');
  if (is_digit(*text)) {
    if (*first == '0') return nullptr;
    text = take_digits(text, number.digits);
  }
  std::ptrdiff_t count = text - first;
  number.exponent = 0;
  number.is_integer = true;
  if (*text == '.') {
    const char* const fraction = ++text;
    text = take_digits(text, number.digits);
    if (text == fraction) return nullptr;
    number.exponent = static_cast<int>(fraction - text);
    number.is_integer = false;
    count += text - fraction;
  }
  if (count > kMostDigits && !fit(first, count)) return nullptr;
  if (ends_number(*text)) return text;
  if (*text == 'e' || *text == 'E') {
    ++text;
    const bool is_small = *text == '-';
    text += is_small || *text == '+' ? 1 : 0;
    const char* const power = text;
    std::uint64_t exponent = 0;
    text = take_digits(text, exponent);
    if (text == power || text - power > kMostExponentDigits) return nullptr;
    number.exponent += is_small ? -static_cast<int>(exponent) : static_cast<int>(exponent);
    number.is_integer = false;
    if (ends_number(*text)) return text;
  }
  return nullptr;
}

/// Reads an integer of at most seven digits as read_decimal would, at once. False for everything else.
[[gnu::always_inline]] inline bool read_short_integer(const char* text, Decimal& number) noexcept {
  using namespace decimal;
  number.negative = *text == '-';
  text += number.negative ? 1 : 0;
  std::uint64_t block = 0;
  std::memcpy(&block, text, sizeof(block));
  block ^= '0' * kInEachByte;
  const unsigned bits = digit_bits(block);
  if (bits == 0 || bits == 64 || (*text == '0' && bits != 8) || !ends_number(text[bits / 8])) return false;
  number.digits = joined(block << (64 - bits));
  number.exponent = 0;
  number.is_integer = true;
  return true;
}

/// The nearest double, ties to even. False if this way does not tell it for sure.
[[gnu::always_inline]] inline bool to_double(const Decimal& decimal, double& number) noexcept {
  using namespace decimal;
  const std::uint64_t sign = std::uint64_t{decimal.negative} << 63U;
  if (decimal.digits <= kExactDigits && decimal.exponent <= 0 &&
      decimal.exponent > -static_cast<int>(kExactPowers.size())) {
    // Both are exact, so that the division rounds once.
    const auto digits = static_cast<double>(static_cast<std::int64_t>(decimal.digits));
    const double magnitude =
        decimal.exponent == 0 ? digits : digits / kExactPowers[static_cast<std::size_t>(-decimal.exponent)];
    number = std::bit_cast<double>(sign | std::bit_cast<std::uint64_t>(magnitude));
    return true;
  }
  if (decimal.digits == 0 || decimal.exponent < kSmallestPower || decimal.exponent > kLargestPower) return false;
  const Power& power = kPowers[static_cast<std::size_t>(decimal.exponent - kSmallestPower)];
  const auto shift = static_cast<unsigned>(std::countl_zero(decimal.digits));
  const Wide product = Wide{decimal.digits << shift} * power.significand;
  const auto high = static_cast<std::uint64_t>(product >> 64U);
  // The power lacks less than 1, so `high` lacks less than 1. It has 63 or 64 bits, of which a double
  // keeps 53; the next one rounds them, unless what `high` lacks could change it, or a tie was to be
  // decided: then at least the last nine bits are all ones or all zeros.
  if (((high + 1) & 0x1FFU) <= 1) return false;
  const unsigned top = static_cast<unsigned>(high >> 63U);
  const std::uint64_t mantissa = ((high >> (9 + top)) + 1) >> 1U;
  // Added, not joined: the mantissa's highest bit, and a carry out of it, count in the exponent.
  const int exponent = 1022 + 52 + 10 + 64 - static_cast<int>(shift) + static_cast<int>(top) + power.exponent;
  number = std::bit_cast<double>(sign | ((static_cast<std::uint64_t>(exponent) << 52U) + mantissa));
  return true;
}

}  // namespace ovserve::json
