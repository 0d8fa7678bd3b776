#include "image/bilinear_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace ovserve {
namespace {

template <class Sample>
Pixels pixels_of(const std::vector<Sample>& samples, std::size_t width, std::size_t height, std::size_t channels = 1) {
  return {reinterpret_cast<const std::byte*>(samples.data()), width, height, channels, sizeof(Sample)};
}

std::vector<float> all(BilinearRows rows, std::size_t height) {
  std::vector<float> values;
  for (std::size_t y = 0; y < height; ++y) {
    const std::vector<float>& row = rows.row(y);
    values.insert(values.end(), row.begin(), row.end());
  }
  return values;
}

TEST(BilinearRows, TheSameSizeIsTheSamePicture) {
  const std::vector<std::uint8_t> samples{0, 1, 2, 3, 4, 255};
  EXPECT_EQ(all({pixels_of(samples, 3, 2), 3, 2}, 2), (std::vector<float>{0, 1, 2, 3, 4, 255}));
}

// New centers at 0.25, 0.75, 1.25, 1.75 of two samples whose centers are at 0.5 and 1.5.
TEST(BilinearRows, CentersLieAtHalvesAndEdgesAreRepeated) {
  const std::vector<std::uint8_t> samples{0, 100};
  EXPECT_EQ(all({pixels_of(samples, 2, 1), 4, 1}, 1), (std::vector<float>{0, 25, 75, 100}));
  EXPECT_EQ(all({pixels_of(samples, 1, 2), 1, 4}, 4), (std::vector<float>{0, 25, 75, 100}));
}

TEST(BilinearRows, HalfTheSizeIsTheMeanOfPairs) {
  const std::vector<std::uint8_t> samples{0,  10, 20, 40,  //
                                          50, 60, 70, 90};
  EXPECT_EQ(all({pixels_of(samples, 4, 2), 2, 1}, 1), (std::vector<float>{30, 55}));
}

TEST(BilinearRows, MuchSmallerTakesTheTwoNearestOnly) {
  const std::vector<std::uint8_t> samples{0, 0, 0, 0, 80, 0, 0, 0, 0};
  EXPECT_EQ(all({pixels_of(samples, 9, 1), 1, 1}, 1), (std::vector<float>{80}));
  EXPECT_EQ(all({pixels_of(samples, 9, 1), 3, 1}, 1), (std::vector<float>{0, 80, 0}));
}

TEST(BilinearRows, ChannelsStayApart) {
  const std::vector<std::uint8_t> samples{0, 200, 100, 0};
  EXPECT_EQ(all({pixels_of(samples, 2, 1, 2), 4, 1}, 1), (std::vector<float>{0, 200, 25, 150, 75, 50, 100, 0}));
}

TEST(BilinearRows, ReadsSamplesOf16Bits) {
  const std::vector<std::uint16_t> samples{0, 65535};
  EXPECT_EQ(all({pixels_of(samples, 2, 1), 4, 1}, 1), (std::vector<float>{0, 16383.75F, 49151.25F, 65535}));
}

TEST(BilinearRows, OnePixelFillsAnySize) {
  const std::vector<std::uint8_t> samples{7};
  EXPECT_EQ(all({pixels_of(samples, 1, 1), 3, 2}, 2), (std::vector<float>(6, 7.0F)));
}

// Every pair of sizes, against the rule written down once more without its shortcuts.
TEST(BilinearRows, EverySmallSizeFollowsTheRule) {
  const auto sample = [](std::size_t x, std::size_t y) { return static_cast<std::uint8_t>((37 * x + 101 * y) % 256); };
  for (std::size_t from = 1; from <= 7; ++from) {
    std::vector<std::uint8_t> samples;
    for (std::size_t i = 0; i < from * from; ++i) samples.push_back(sample(i % from, i / from));
    for (std::size_t to = 1; to <= 9; ++to) {
      const auto at = [&](std::ptrdiff_t x, std::ptrdiff_t y) {
        const auto last = static_cast<std::ptrdiff_t>(from) - 1;
        return static_cast<double>(sample(static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(x, 0, last)),
                                          static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(y, 0, last))));
      };
      const auto place = [&](std::size_t i) {
        return (static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5;
      };
      const std::vector<float> values = all({pixels_of(samples, from, from), to, to}, to);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double x = place(i % to);
        const double y = place(i / to);
        const auto left = static_cast<std::ptrdiff_t>(std::floor(x));
        const auto top = static_cast<std::ptrdiff_t>(std::floor(y));
        const double right_part = x - std::floor(x);
        const double lower_part = y - std::floor(y);
        const double upper = at(left, top) * (1 - right_part) + at(left + 1, top) * right_part;
        const double lower = at(left, top + 1) * (1 - right_part) + at(left + 1, top + 1) * right_part;
        ASSERT_NEAR(values[i], upper * (1 - lower_part) + lower * lower_part, 1e-3) << from << " to " << to;
      }
    }
  }
}

}  // namespace
}  // namespace ovserve
