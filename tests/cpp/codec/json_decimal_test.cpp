#include "codec/json_decimal.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>

namespace ovserve::json {
namespace {

// A number with something behind it that may follow one, in memory that may be looked at.
std::string padded(const std::string& text, char after = ',') {
  return text + after + std::string(kDecimalPadding, '9');
}

std::optional<Decimal> decimal(const std::string& text, char after = ',') {
  const std::string memory = padded(text, after);
  Decimal number;
  const char* end = read_decimal(memory.data(), number);
  if (end == nullptr) return std::nullopt;
  EXPECT_EQ(end, memory.data() + text.size()) << text;
  return number;
}

std::optional<double> number(const std::string& text) {
  const auto read = decimal(text);
  double value = 0;
  if (!read || !to_double(*read, value)) return std::nullopt;
  return value;
}

TEST(JsonDecimal, ReadsDigitsPointAndExponent) {
  const auto read = decimal("-120.0345e-2");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->digits, 1200345U);
  EXPECT_EQ(read->exponent, -6);
  EXPECT_TRUE(read->negative);
  EXPECT_FALSE(read->is_integer);
  EXPECT_TRUE(decimal("0")->is_integer);
  EXPECT_TRUE(decimal("-0")->negative);
  EXPECT_EQ(decimal("1234567890123456789")->digits, 1234567890123456789U);
  EXPECT_EQ(decimal("9007199254740993")->digits, 9007199254740993U);
  EXPECT_EQ(decimal("0.0000000000000000000000012")->digits, 12U);
  EXPECT_EQ(decimal("1E+2")->exponent, 2);
}

TEST(JsonDecimal, KnowsWhatMayFollow) {
  for (const char after : {',', ']', '}', ' ', '\n', '\r', '\t'}) EXPECT_TRUE(decimal("12.5", after)) << after;
  for (const char after : {'"', 'x', ':', '[', '.', '-', '\0'}) EXPECT_FALSE(decimal("12.5", after)) << after;
}

TEST(JsonDecimal, LeavesWhatIsMalformedOrTooLong) {
  for (const char* text : {"", "-", "+1", ".5", "1.", "1.e3", "1e", "1e+", "01", "-01", "00", "1e1000", "NaN",
                           "Infinity", "12345678901234567890", "1.2345678901234567890", "0x10"}) {
    EXPECT_FALSE(decimal(text)) << text;
  }
}

TEST(JsonDecimal, ReadsShortIntegersAtOnce) {
  const auto at_once = [](const std::string& text, char after = ',') -> std::optional<std::int64_t> {
    Decimal number;
    if (!read_short_integer(padded(text, after).data(), number)) return std::nullopt;
    EXPECT_TRUE(number.is_integer);
    EXPECT_EQ(number.exponent, 0);
    const auto digits = static_cast<std::int64_t>(number.digits);
    return number.negative ? -digits : digits;
  };
  for (const char* text : {"0", "-0", "7", "-42", "255", "1234567", "-1234567"})
    EXPECT_EQ(at_once(text), std::stoll(text));
  for (const char* text : {"", "-", "00", "01", "-01", "12345678", "1.0", "1e3", "+1", "x"})
    EXPECT_FALSE(at_once(text)) << text;
  EXPECT_EQ(at_once("12", ']'), 12);
  EXPECT_FALSE(at_once("12", 'x'));
}

TEST(JsonDecimal, GivesTheNearestDouble) {
  EXPECT_EQ(number("0"), 0.0);
  EXPECT_TRUE(std::signbit(number("-0").value_or(1)));
  EXPECT_EQ(number("1"), 1.0);
  EXPECT_EQ(number("-2.5e-3"), -2.5e-3);
  EXPECT_EQ(number("0.1"), 0.1);
  EXPECT_EQ(number("9007199254740991"), 9007199254740991.0);
  EXPECT_EQ(number("9007199254740992"), 9007199254740992.0);
  EXPECT_EQ(number("1.7976931348623157"), 1.7976931348623157);
  EXPECT_EQ(number("123456789.123456789e10"), 123456789.123456789e10);
}

TEST(JsonDecimal, DoesNotDecideTies) {
  // 2^53 + 1 lies half way between two doubles.
  EXPECT_FALSE(number("9007199254740993"));
}

// Whatever is answered is what the standard library answers for the same text.
TEST(JsonDecimal, AgreesWithTheStandardLibrary) {
  std::mt19937_64 random(7);  // NOLINT(bugprone-random-generator-seed): a failure must come again
  std::array<char, 64> text{};
  int answered = 0;
  constexpr int kNumbers = 200'000;
  for (int i = 0; i < kNumbers; ++i) {
    const auto bits = random();
    // Doubles of all sizes, and such as people write.
    const double value = i % 2 == 0 ? std::bit_cast<double>(bits)
                                    : static_cast<double>(static_cast<std::int64_t>(bits)) / std::pow(10.0, bits % 20);
    if (!std::isfinite(value)) continue;
    const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
    const std::string digits(text.data(), written.ptr);
    if (const auto read = number(digits)) {
      ++answered;
      ASSERT_EQ(std::bit_cast<std::uint64_t>(*read), std::bit_cast<std::uint64_t>(value)) << digits;
    }
  }
  EXPECT_GT(answered, kNumbers / 3);  // or it would be of no use
}

}  // namespace
}  // namespace ovserve::json
