#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace ovserve::front {

/// One thread for all that IO threads should not spend their time on: decompressing what is not
/// small. Made when it is first needed; what it has not begun at the end is dropped.
class InflateThread {
 public:
  InflateThread() = default;
  ~InflateThread();
  InflateThread(const InflateThread&) = delete;
  InflateThread& operator=(const InflateThread&) = delete;

  void post(std::function<void()> job);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;  // guarded by mutex_
  bool closing_ = false;                    // guarded by mutex_
  std::thread thread_;                      // guarded by mutex_
};

}  // namespace ovserve::front
