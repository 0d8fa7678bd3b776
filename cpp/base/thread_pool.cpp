#include "base/thread_pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace ovserve {
namespace {

thread_local const void* pool_here = nullptr;  // the state of the pool that the thread belongs to

}  // namespace

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> queue;  // guarded by mutex
  bool closing = false;                     // guarded by mutex
  std::size_t alive = 0;                    // guarded by mutex
};

ThreadPool::ThreadPool(std::size_t threads) : state_(std::make_shared<State>()) {
  state_->alive = threads;
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back(&ThreadPool::run, state_);
}

ThreadPool::~ThreadPool() {
  finish(std::chrono::milliseconds(0));
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.detach();
  }
}

void ThreadPool::post(std::function<void()> task) {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->closing) {
      state_->queue.push_back(std::move(task));
      state_->changed.notify_one();
      return;
    }
  }
  task();
}

bool ThreadPool::is_here() const noexcept { return pool_here == state_.get(); }

bool ThreadPool::finish(std::chrono::milliseconds timeout) {
  {
    std::unique_lock lock(state_->mutex);
    state_->closing = true;
    state_->changed.notify_all();
    if (!state_->changed.wait_for(lock, timeout, [&] { return state_->alive == 0; })) return false;
  }
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  return true;
}

void ThreadPool::run(const std::shared_ptr<State>& state) {
  pool_here = state.get();
  std::unique_lock lock(state->mutex);
  for (;;) {
    state->changed.wait(lock, [&] { return state->closing || !state->queue.empty(); });
    if (state->queue.empty()) break;
    auto task = std::move(state->queue.front());
    state->queue.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
  --state->alive;
  state->changed.notify_all();
}

}  // namespace ovserve
