#include "late_worker.h"

#include <utility>

namespace ovserve::front {

LateWorker::~LateWorker() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void LateWorker::post(std::chrono::milliseconds delay, std::function<void()> action) {
  const std::lock_guard lock(mutex_);
  actions_.emplace(Clock::now() + delay, std::move(action));
  changed_.notify_all();
}

void LateWorker::run() {
  std::unique_lock lock(mutex_);
  while (!closing_) {
    if (actions_.empty()) {
      changed_.wait(lock);
    } else if (actions_.begin()->first > Clock::now()) {
      changed_.wait_until(lock, Clock::time_point(actions_.begin()->first));
    } else {
      auto node = actions_.extract(actions_.begin());
      lock.unlock();
      node.mapped()();
      node = {};
      lock.lock();
    }
  }
}

}  // namespace ovserve::front
