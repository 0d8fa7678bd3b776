#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ovserve {

/// Durations, counted per bucket without a lock. The buckets are OpenVINO Model Server's: floor(10 * 1.8^i)
/// microseconds for i = 0..32, and one for everything longer.
class Histogram {
 public:
  static constexpr std::size_t kBounds = 33;

  /// Upper bounds in microseconds, ascending; a duration equal to a bound belongs to its bucket.
  static const std::array<std::uint64_t, kBounds>& bounds_us() noexcept;

  struct Snapshot {
    std::array<std::uint64_t, kBounds + 1> counts{};  ///< not cumulative; the last one is for longer durations
    std::uint64_t total = 0;                          ///< of the counts
    std::chrono::nanoseconds sum{};
  };

  /// Negative durations count as 0.
  void observe(std::chrono::nanoseconds duration) noexcept;
  Snapshot snapshot() const noexcept;

 private:
  std::array<std::atomic<std::uint64_t>, kBounds + 1> counts_{};
  std::atomic<std::int64_t> sum_ns_{0};
};

}  // namespace ovserve
