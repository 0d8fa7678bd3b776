#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace ovserve::front {

/// A thread that does things later; what is left undone at the end is dropped.
class LateWorker {
 public:
  using Clock = std::chrono::steady_clock;

  LateWorker() : thread_([this] { run(); }) {}
  ~LateWorker();
  LateWorker(const LateWorker&) = delete;
  LateWorker& operator=(const LateWorker&) = delete;

  void post(std::chrono::milliseconds delay, std::function<void()> action);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, std::function<void()>> actions_;  // guarded by mutex_
  bool closing_ = false;                                             // guarded by mutex_
  std::thread thread_;
};

}  // namespace ovserve::front
