#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace ovserve::front {

class TimerQueue;

/// Something to be done at a point in time, on the loop's thread. Not copied or moved while set;
/// going away cancels it. The queue must live longer.
class Timer {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Timer(std::function<void()> action) : action_(std::move(action)) {}
  ~Timer() { cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Sets it, or moves it if it is set already.
  void set(TimerQueue& queue, Clock::time_point when);
  void cancel() noexcept;
  bool is_set() const noexcept { return queue_ != nullptr; }

 private:
  friend class TimerQueue;

  std::function<void()> action_;
  TimerQueue* queue_ = nullptr;
  Clock::time_point when_;
  std::size_t place_ = 0;  // in the queue's heap
};

/// The timers of one loop: a binary heap that knows where each timer is.
class TimerQueue {
 public:
  std::optional<Timer::Clock::time_point> next() const;

  /// Runs what is due. A timer is unset before it runs and may be set again by its action.
  void run(Timer::Clock::time_point now);

 private:
  friend class Timer;

  void insert(Timer& timer);
  void remove(Timer& timer) noexcept;
  void rise(std::size_t place) noexcept;
  void sink(std::size_t place) noexcept;
  void put(std::size_t place, Timer* timer) noexcept;

  std::vector<Timer*> heap_;
};

}  // namespace ovserve::front
