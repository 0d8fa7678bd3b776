#include "codec/json_plain_number.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>

#include "base/element_type.h"
#include "codec/json_number.h"
#include "codec/json_number_text.h"

namespace ovserve::json {
namespace {

template <class T>
std::optional<T> stored(StorePlain store, const std::string& text) {
  const std::string memory = text + "," + std::string(kDecimalPadding, '9');
  alignas(T) std::array<std::byte, sizeof(T)> element{};
  if (!store(memory.data(), element.data())) return std::nullopt;
  return std::bit_cast<T>(element);
}

template <class T>
T stored_by_all_rules(ElementType type, const std::string& text) {
  alignas(T) std::array<std::byte, sizeof(T)> element{};
  EXPECT_EQ(store_number(text, type, element.data()), Stored::kYes) << text;
  return std::bit_cast<T>(element);
}

template <class Number>
std::string text_of(Number value) {
  std::array<char, kLongestNumber> text{};
  return {text.data(), put_number(text.data(), value)};
}

TEST(JsonPlainNumber, TakesWhatTheTypeHolds) {
  EXPECT_EQ(stored<float>(&store_plain_float<float>, "0.1"), 0.1F);
  EXPECT_EQ(stored<double>(&store_plain_float<double>, "-0.1"), -0.1);
  EXPECT_EQ(stored<std::int8_t>(&store_plain_integer<std::int8_t>, "-128"), -128);
  EXPECT_EQ(stored<std::uint8_t>(&store_plain_integer<std::uint8_t>, "255"), 255);
  EXPECT_EQ(stored<std::int64_t>(&store_plain_integer<std::int64_t>, "-9223372036854775808"),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ((stored<std::uint16_t>(&store_plain_float16<f16_from_double, float_from_f16>, "1.5")), 0x3E00);
}

TEST(JsonPlainNumber, LeavesTheRestToTheOther) {
  EXPECT_FALSE(stored<std::int8_t>(&store_plain_integer<std::int8_t>, "128"));
  EXPECT_FALSE(stored<std::int8_t>(&store_plain_integer<std::int8_t>, "-129"));
  EXPECT_FALSE(stored<std::uint8_t>(&store_plain_integer<std::uint8_t>, "-1"));
  EXPECT_FALSE(stored<std::int32_t>(&store_plain_integer<std::int32_t>, "1.0"));
  EXPECT_FALSE(stored<float>(&store_plain_float<float>, "1e39"));
  EXPECT_FALSE(stored<float>(&store_plain_float<float>, "NaN"));
  EXPECT_FALSE((stored<std::uint16_t>(&store_plain_float16<f16_from_double, float_from_f16>, "65520")));
  // Its double lies half way between two floats.
  EXPECT_FALSE(stored<float>(&store_plain_float<float>, "7.038531e-26"));
}

template <class Float>
void expect_the_same_floats(ElementType type) {
  using Bits = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;
  std::mt19937_64 random(11);  // NOLINT(bugprone-random-generator-seed): a failure must come again
  for (int i = 0; i < 100'000; ++i) {
    const auto value = std::bit_cast<Float>(static_cast<Bits>(random()));
    if (!std::isfinite(value)) continue;
    const std::string text = text_of(value);
    const auto plain = stored<Float>(&store_plain_float<Float>, text);
    const auto full = stored_by_all_rules<Float>(type, text);
    ASSERT_EQ(std::bit_cast<Bits>(full), std::bit_cast<Bits>(value)) << text;
    if (plain) {
      ASSERT_EQ(std::bit_cast<Bits>(*plain), std::bit_cast<Bits>(value)) << text;
    }
  }
}

TEST(JsonPlainNumber, StoresFloatsAsTheOtherDoes) {
  expect_the_same_floats<float>(ElementType::kF32);
  expect_the_same_floats<double>(ElementType::kF64);
}

template <std::uint16_t (*kConvert)(double), float (*kRead)(std::uint16_t)>
void expect_the_same_halves(ElementType type) {
  for (std::uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const float value = kRead(static_cast<std::uint16_t>(bits));
    if (!std::isfinite(value)) continue;
    const std::string text = text_of(value);
    const auto plain = stored<std::uint16_t>(&store_plain_float16<kConvert, kRead>, text);
    ASSERT_EQ(stored_by_all_rules<std::uint16_t>(type, text), bits) << text;
    if (plain) {
      ASSERT_EQ(*plain, bits) << text;
    }
  }
}

TEST(JsonPlainNumber, StoresEverySixteenBitFloatAsTheOtherDoes) {
  expect_the_same_halves<f16_from_double, float_from_f16>(ElementType::kF16);
  expect_the_same_halves<bf16_from_double, float_from_bf16>(ElementType::kBf16);
}

}  // namespace
}  // namespace ovserve::json
