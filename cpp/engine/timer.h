#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

namespace ovserve {

/// Calls functions when their time has come, one after another on a thread of its own, which sleeps
/// until the earliest. What has not been called when the timer goes is dropped. Thread-safe.
class Timer {
 public:
  using Clock = std::chrono::steady_clock;

  Timer();
  /// Waits for a function that is being called, unless that is the one that destroys the timer.
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// `what` must be quick and must not throw.
  void call_at(Clock::time_point when, std::function<void()> what);

 private:
  struct State;
  static void run(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;  // shared with the thread, which may outlive this object
  std::thread thread_;
};

}  // namespace ovserve
