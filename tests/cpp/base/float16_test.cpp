#include "base/float16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ovserve {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Float16, KnownPatterns) {
  EXPECT_EQ(f16_from_float(0.0F), 0x0000);
  EXPECT_EQ(f16_from_float(-0.0F), 0x8000);
  EXPECT_EQ(f16_from_float(1.0F), 0x3C00);
  EXPECT_EQ(f16_from_float(-2.0F), 0xC000);
  EXPECT_EQ(f16_from_float(65504.0F), 0x7BFF);
  EXPECT_EQ(f16_from_float(0x1p-14F), 0x0400);
  EXPECT_EQ(f16_from_float(0x1p-24F), 0x0001);
  EXPECT_EQ(f16_from_float(kInfinity), 0x7C00);
  EXPECT_EQ(f16_from_float(-kInfinity), 0xFC00);
}

TEST(Float16, RoundsToNearestTiesToEven) {
  EXPECT_EQ(f16_from_float(1.0F + 0x1p-11F), 0x3C00);
  EXPECT_EQ(f16_from_float(1.0F + 0x3p-11F), 0x3C02);
  EXPECT_EQ(f16_from_float(1.0F + 0x1p-11F + 0x1p-20F), 0x3C01);
  EXPECT_EQ(f16_from_float(65519.996F), 0x7BFF);
  EXPECT_EQ(f16_from_float(65520.0F), 0x7C00);
  EXPECT_EQ(f16_from_float(0x1p-25F), 0x0000);
  EXPECT_EQ(f16_from_float(0x3p-25F), 0x0002);
}

TEST(Float16, RoundsADoubleOnce) {
  const double half_way = 1.0 + 0x1p-11;
  EXPECT_EQ(f16_from_double(half_way), 0x3C00);
  EXPECT_EQ(f16_from_double(half_way + 0x1p-40), 0x3C01);  // as a float it would be half way
  EXPECT_EQ(f16_from_double(half_way - 0x1p-40), 0x3C00);
  EXPECT_EQ(f16_from_double(-half_way - 0x1p-40), 0xBC01);
  EXPECT_EQ(f16_from_double(1.0 + 0x3p-11 - 0x1p-40), 0x3C01);
  EXPECT_EQ(f16_from_double(0x1p-25 + 0x1p-70), 0x0001);
  EXPECT_EQ(f16_from_double(65520.0 - 0x1p-30), 0x7BFF);
  EXPECT_EQ(f16_from_double(65520.0), 0x7C00);
  EXPECT_EQ(f16_from_double(1e300), 0x7C00);
  EXPECT_EQ(f16_from_double(-1e-300), 0x8000);
  EXPECT_EQ(f16_from_double(-kInfinity), 0xFC00);
  EXPECT_TRUE(std::isnan(float_from_f16(f16_from_double(std::numeric_limits<double>::quiet_NaN()))));
}

TEST(Float16, EveryPatternSurvivesTheRoundTrip) {
  for (std::uint32_t pattern = 0; pattern <= 0xFFFF; ++pattern) {
    const auto bits = static_cast<std::uint16_t>(pattern);
    const float value = float_from_f16(bits);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(float_from_f16(f16_from_float(value))));
    } else {
      ASSERT_EQ(f16_from_float(value), bits);
    }
  }
}

TEST(BFloat16, RoundsAndReadsBack) {
  EXPECT_EQ(bf16_from_float(1.0F), 0x3F80);
  EXPECT_EQ(bf16_from_float(1.0F + 0x1p-8F), 0x3F80);
  EXPECT_EQ(bf16_from_float(1.0F + 0x3p-8F), 0x3F82);
  EXPECT_EQ(bf16_from_float(kInfinity), 0x7F80);
  EXPECT_TRUE(std::isnan(float_from_bf16(bf16_from_float(std::numeric_limits<float>::quiet_NaN()))));
  EXPECT_EQ(float_from_bf16(0xC000), -2.0F);
}

TEST(BFloat16, RoundsADoubleOnce) {
  const double half_way = 1.0 + 0x1p-8;
  EXPECT_EQ(bf16_from_double(half_way), 0x3F80);
  EXPECT_EQ(bf16_from_double(half_way + 0x1p-40), 0x3F81);
  EXPECT_EQ(bf16_from_double(half_way - 0x1p-40), 0x3F80);
  EXPECT_EQ(bf16_from_double(3.4e38), 0x7F80);
  EXPECT_EQ(bf16_from_double(-1e300), 0xFF80);
}

}  // namespace
}  // namespace ovserve
