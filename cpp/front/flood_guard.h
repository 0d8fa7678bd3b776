#pragma once

#include <chrono>
#include <cstdint>

namespace ovserve::front {

/// Bounds what one HTTP/2 connection can have the server do for nothing. Frames that bring a call no
/// further (PING, SETTINGS, empty DATA, resets and the like) cost a token each; time and frames that
/// are sent for calls bring tokens. A client that works needs never know.
class FloodGuard {
 public:
  using Clock = std::chrono::steady_clock;

  explicit FloodGuard(Clock::time_point now) : refilled_(now) {}

  /// False when the client has gone too far.
  bool spend(Clock::time_point now, std::int64_t tokens = 1) noexcept;
  void earn(std::int64_t tokens) noexcept;

 private:
  static constexpr std::int64_t kMost = 2000;
  static constexpr std::int64_t kPerSecond = 200;

  std::int64_t tokens_ = kMost;
  Clock::time_point refilled_;
};

}  // namespace ovserve::front
