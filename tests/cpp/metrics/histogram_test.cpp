#include "metrics/histogram.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace ovserve {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(Histogram, HasTheBucketsOfOpenVinoModelServer) {
  const auto& bounds = Histogram::bounds_us();
  const std::vector<std::uint64_t> first(bounds.begin(), bounds.begin() + 8);
  EXPECT_EQ(first, (std::vector<std::uint64_t>{10, 18, 32, 58, 104, 188, 340, 612}));
  EXPECT_EQ(bounds.size(), 33U);
  EXPECT_EQ(bounds.back(), 1474755971U);
}

TEST(Histogram, ADurationBelongsToTheFirstBoundThatIsNotSmaller) {
  Histogram histogram;
  histogram.observe(microseconds(10));
  histogram.observe(nanoseconds(10'001));
  histogram.observe(microseconds(18));
  histogram.observe(std::chrono::hours(1));
  histogram.observe(nanoseconds(-5));
  const auto snapshot = histogram.snapshot();
  EXPECT_EQ(snapshot.counts[0], 2U);
  EXPECT_EQ(snapshot.counts[1], 2U);
  EXPECT_EQ(snapshot.counts[Histogram::kBounds], 1U);
  EXPECT_EQ(snapshot.total, 5U);
  EXPECT_EQ(snapshot.sum, std::chrono::hours(1) + microseconds(28) + nanoseconds(10'001));
}

TEST(Histogram, LosesNothingOfManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  constexpr std::uint64_t kAll = std::uint64_t{kThreads} * kEach;
  Histogram histogram;
  std::vector<std::thread> threads;
  threads.reserve(kThreads + 1);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kEach; ++j) histogram.observe(microseconds(j));
    });
  }
  threads.emplace_back([&] {
    for (int j = 0; j < 100; ++j) EXPECT_LE(histogram.snapshot().total, kAll);
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(histogram.snapshot().total, kAll);
  EXPECT_EQ(histogram.snapshot().sum, microseconds(kThreads * (kEach - 1) * kEach / 2));
}

}  // namespace
}  // namespace ovserve
