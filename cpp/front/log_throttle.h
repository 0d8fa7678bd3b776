#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace ovserve::front {

/// Lets a log line pass once a second at most, so that whoever causes it cannot fill the log.
class LogThrottle {
 public:
  using Clock = std::chrono::steady_clock;

  /// Any thread.
  bool passes(Clock::time_point now) noexcept {
    const std::int64_t second = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    return last_.exchange(second, std::memory_order_relaxed) != second;
  }

 private:
  std::atomic<std::int64_t> last_{-1};
};

}  // namespace ovserve::front
