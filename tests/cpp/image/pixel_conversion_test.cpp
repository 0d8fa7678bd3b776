#include "image/pixel_conversion.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "base/float16.h"

namespace ovserve {
namespace {

template <class Sample>
Pixels row_of(const std::vector<Sample>& samples, std::size_t channels = 1) {
  return {reinterpret_cast<const std::byte*>(samples.data()), samples.size() / channels, 1, channels, sizeof(Sample)};
}

template <class T>
std::vector<T> written(const Pixels& pixels, const PixelTarget& target) {
  std::vector<T> elements(target.width * target.height * target.channels);
  write_pixels(pixels, target, reinterpret_cast<std::byte*>(elements.data()));
  return elements;
}

template <class T>
std::vector<T> converted(const std::vector<std::uint8_t>& samples, ElementType type) {
  return written<T>(row_of(samples), {samples.size(), 1, 1, type});
}

TEST(PixelConversion, EveryNumericTypeHoldsBytes) {
  const std::vector<std::uint8_t> samples{0, 1, 127, 128, 255};
  EXPECT_EQ(converted<std::uint8_t>(samples, ElementType::kU8), samples);
  EXPECT_EQ(converted<std::uint16_t>(samples, ElementType::kU16), (std::vector<std::uint16_t>{0, 1, 127, 128, 255}));
  EXPECT_EQ(converted<std::uint32_t>(samples, ElementType::kU32), (std::vector<std::uint32_t>{0, 1, 127, 128, 255}));
  EXPECT_EQ(converted<std::uint64_t>(samples, ElementType::kU64), (std::vector<std::uint64_t>{0, 1, 127, 128, 255}));
  EXPECT_EQ(converted<std::int16_t>(samples, ElementType::kI16), (std::vector<std::int16_t>{0, 1, 127, 128, 255}));
  EXPECT_EQ(converted<std::int32_t>(samples, ElementType::kI32), (std::vector<std::int32_t>{0, 1, 127, 128, 255}));
  EXPECT_EQ(converted<std::int64_t>(samples, ElementType::kI64), (std::vector<std::int64_t>{0, 1, 127, 128, 255}));
  EXPECT_EQ(converted<float>(samples, ElementType::kF32), (std::vector<float>{0, 1, 127, 128, 255}));
  EXPECT_EQ(converted<double>(samples, ElementType::kF64), (std::vector<double>{0, 1, 127, 128, 255}));
  const auto f16 = converted<std::uint16_t>(samples, ElementType::kF16);
  const auto bf16 = converted<std::uint16_t>(samples, ElementType::kBf16);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(float_from_f16(f16[i]), samples[i]);
    EXPECT_EQ(float_from_bf16(bf16[i]), samples[i]);
  }
}

TEST(PixelConversion, I8StaysAtItsLargestNumber) {
  EXPECT_EQ(converted<std::int8_t>({0, 127, 128, 255}, ElementType::kI8), (std::vector<std::int8_t>{0, 127, 127, 127}));
}

TEST(PixelConversion, TypesThatReach65535HoldSamplesOf16Bits) {
  for (const ElementType type : {ElementType::kU16, ElementType::kI32, ElementType::kU32, ElementType::kI64,
                                 ElementType::kU64, ElementType::kBf16, ElementType::kF32, ElementType::kF64}) {
    EXPECT_TRUE(holds_samples(type, 1)) << precision_name(type);
    EXPECT_TRUE(holds_samples(type, 2)) << precision_name(type);
  }
  for (const ElementType type : {ElementType::kU8, ElementType::kI8, ElementType::kI16, ElementType::kF16}) {
    EXPECT_TRUE(holds_samples(type, 1)) << precision_name(type);
    EXPECT_FALSE(holds_samples(type, 2)) << precision_name(type);
  }
  for (const ElementType type : {ElementType::kBool, ElementType::kString, ElementType::kUndefined}) {
    EXPECT_FALSE(holds_samples(type, 1)) << precision_name(type);
  }
  const std::vector<std::uint16_t> samples{0, 300, 65535};
  EXPECT_EQ(written<std::uint16_t>(row_of(samples), {3, 1, 1, ElementType::kU16}), samples);
  EXPECT_EQ(written<float>(row_of(samples), {3, 1, 1, ElementType::kF32}), (std::vector<float>{0, 300, 65535}));
}

TEST(PixelConversion, WhatIsInterpolatedIsRoundedForIntegersOnly) {
  const std::vector<std::uint8_t> samples{0, 1, 255, 254};
  EXPECT_EQ(written<std::uint8_t>(row_of(samples), {2, 1, 1, ElementType::kU8}), (std::vector<std::uint8_t>{1, 255}));
  EXPECT_EQ(written<std::int64_t>(row_of(samples), {2, 1, 1, ElementType::kI64}), (std::vector<std::int64_t>{1, 255}));
  EXPECT_EQ(written<float>(row_of(samples), {2, 1, 1, ElementType::kF32}), (std::vector<float>{0.5F, 254.5F}));
}

TEST(PixelConversion, GrayIsRepeatedForMoreChannels) {
  const std::vector<std::uint8_t> samples{5, 9};
  EXPECT_EQ(written<std::uint8_t>(row_of(samples), {2, 1, 3, ElementType::kU8}),
            (std::vector<std::uint8_t>{5, 5, 5, 9, 9, 9}));
}

TEST(PixelConversion, ChannelsBesideEachOtherStayInOrder) {
  const std::vector<std::uint8_t> samples{1, 2, 3, 4, 5, 6};
  EXPECT_EQ(written<float>(row_of(samples, 3), {2, 1, 3, ElementType::kF32}), (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

}  // namespace
}  // namespace ovserve
