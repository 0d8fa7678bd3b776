#include "engine/timer.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

namespace ovserve {

struct Timer::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::multimap<Clock::time_point, std::function<void()>> calls;  // guarded by mutex
  bool closing = false;                                           // guarded by mutex
};

Timer::Timer() : state_(std::make_shared<State>()), thread_(&Timer::run, state_) {}

Timer::~Timer() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;
    state_->changed.notify_all();
  }
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void Timer::call_at(Clock::time_point when, std::function<void()> what) {
  const std::lock_guard lock(state_->mutex);
  const auto place = state_->calls.emplace(when, std::move(what));
  if (place == state_->calls.begin()) state_->changed.notify_all();
}

void Timer::run(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  while (!state->closing) {
    if (state->calls.empty()) {
      state->changed.wait(lock);
      continue;
    }
    const auto next = state->calls.begin();
    if (Clock::now() < next->first) {
      state->changed.wait_until(lock, Clock::time_point(next->first));
      continue;
    }
    auto call = std::move(next->second);
    state->calls.erase(next);
    lock.unlock();
    call();
    call = nullptr;  // outside of the lock: what it holds may be the last of something
    lock.lock();
  }
}

}  // namespace ovserve
