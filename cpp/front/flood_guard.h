#pragma once

#include <chrono>
#include <cstdint>

namespace ovserve::front {

/// Bounds what one HTTP/2 connection can have the server do for nothing. Frames that bring a call no
/// further (PING, SETTINGS, empty DATA, resets and the like) cost a token each; time and calls that are
/// answered bring tokens. A client that works needs never know.
///
/// DATA with content costs nothing, however small: flow control bounds it, and it waits as the bytes
/// that it is. WINDOW_UPDATE is what a client answers DATA with, whenever it likes, so each frame of
/// DATA sent to it pays for two of them: one for the stream and one for the connection.
class FloodGuard {
 public:
  using Clock = std::chrono::steady_clock;

  explicit FloodGuard(Clock::time_point now) : refilled_(now) {}

  /// False when the client has gone too far.
  bool spend(Clock::time_point now, std::int64_t tokens = 1) noexcept;
  void earn(std::int64_t tokens) noexcept;

  /// Of DATA with content.
  void data_sent() noexcept { window_updates_ += kUpdatesPerData; }
  /// False when the client has gone too far.
  bool take_window_update(Clock::time_point now) noexcept;

 private:
  static constexpr std::int64_t kMost = 2000;
  static constexpr std::int64_t kPerSecond = 200;
  static constexpr std::uint64_t kUpdatesPerData = 2;

  std::int64_t tokens_ = kMost;
  Clock::time_point refilled_;
  std::uint64_t window_updates_ = 0;  // that are paid for
};

}  // namespace ovserve::front
