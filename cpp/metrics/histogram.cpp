#include "metrics/histogram.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace ovserve {
namespace {

constexpr double kFirstBound_us = 10.0;
constexpr double kGrowth = 1.8;

std::array<std::uint64_t, Histogram::kBounds> make_bounds() {
  std::array<std::uint64_t, Histogram::kBounds> bounds{};
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    bounds.at(i) = static_cast<std::uint64_t>(kFirstBound_us * std::pow(kGrowth, static_cast<double>(i)));
  }
  return bounds;
}

}  // namespace

const std::array<std::uint64_t, Histogram::kBounds>& Histogram::bounds_us() noexcept {
  static const auto bounds = make_bounds();
  return bounds;
}

void Histogram::observe(std::chrono::nanoseconds duration) noexcept {
  duration = std::max(duration, std::chrono::nanoseconds(0));
  const auto& bounds = bounds_us();
  const auto whole_us = static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::microseconds>(duration).count());
  const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), whole_us);
  const auto index = static_cast<std::size_t>(std::distance(bounds.begin(), bucket));
  counts_[index].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(duration.count(), std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const noexcept {
  Snapshot snapshot;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    snapshot.counts[i] = counts_[i].load(std::memory_order_relaxed);
    snapshot.total += snapshot.counts[i];
  }
  snapshot.sum = std::chrono::nanoseconds(sum_ns_.load(std::memory_order_relaxed));
  return snapshot;
}

}  // namespace ovserve
