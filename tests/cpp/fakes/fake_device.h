#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/error.h"
#include "engine/model.h"

namespace ovserve::testing {

/// Runs inferences that nobody waits for, one after another on a thread of its own, as a device would.
class FakeDevice {
 public:
  ~FakeDevice() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
      held_ = false;
      changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
  }

  void run(std::function<InferOutcome()> work, InferCompletion completion, const std::stop_token& cancelled) {
    const auto job = std::make_shared<Job>();
    job->work = std::move(work);
    job->completion = std::move(completion);
    {
      const std::lock_guard lock(mutex_);
      if (!thread_.joinable()) thread_ = std::thread([this] { work_off(); });
      queue_.push_back(job);
      changed_.notify_all();
    }
    const auto end = [plain = job.get()] {
      if (!plain->taken.exchange(true)) plain->completion(Error(ErrorCode::kCancelled, "The request was cancelled"));
    };
    job->watch.emplace(cancelled, end);
  }

  /// While held, nothing runs.
  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }

  /// How many inferences have been asked for and not been taken.
  std::size_t waiting() {
    const std::lock_guard lock(mutex_);
    return queue_.size();
  }

 private:
  struct Job {
    std::function<InferOutcome()> work;
    InferCompletion completion;
    std::atomic<bool> taken{false};
    std::optional<std::stop_callback<std::function<void()>>> watch;
  };

  void work_off() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return closing_ || (!held_ && !queue_.empty()); });
      if (queue_.empty()) return;
      const auto job = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      if (!job->taken.exchange(true)) job->completion(job->work());
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> queue_;  // guarded by mutex_
  bool held_ = false;                       // guarded by mutex_
  bool closing_ = false;                    // guarded by mutex_
  std::thread thread_;
};

}  // namespace ovserve::testing
