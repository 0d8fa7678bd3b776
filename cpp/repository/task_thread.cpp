#include "repository/task_thread.h"

#include <utility>

namespace ovserve {

struct TaskThread::State {
  struct Task {
    std::string what;
    std::chrono::milliseconds deadline;
    std::function<void()> run;
  };

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Task> queue;                // guarded by mutex
  bool closing = false;                  // guarded by mutex
  bool ended = false;                    // guarded by mutex
  bool running = false;                  // guarded by mutex; the next four describe that task
  std::string what;                      // guarded by mutex
  std::chrono::milliseconds deadline{};  // guarded by mutex
  Clock::time_point started;             // guarded by mutex
  bool reported = false;                 // guarded by mutex

  // Requires mutex.
  std::optional<Overdue> overdue() const {
    const auto running_for = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started);
    if (!running || running_for < deadline) return std::nullopt;
    return Overdue{what, running_for};
  }
};

TaskThread::TaskThread() : state_(std::make_shared<State>()), thread_(&TaskThread::run, state_) {}

TaskThread::~TaskThread() {
  finish(std::chrono::milliseconds(0));
  if (thread_.joinable()) thread_.detach();
}

void TaskThread::post(std::string what, std::chrono::milliseconds deadline, std::function<void()> task) {
  const std::lock_guard lock(state_->mutex);
  state_->queue.push_back({std::move(what), deadline, std::move(task)});
  state_->changed.notify_all();
}

std::optional<TaskThread::Overdue> TaskThread::overdue() const {
  const std::lock_guard lock(state_->mutex);
  return state_->overdue();
}

std::optional<TaskThread::Overdue> TaskThread::newly_overdue() {
  const std::lock_guard lock(state_->mutex);
  auto overdue = state_->overdue();
  if (overdue && std::exchange(state_->reported, true)) overdue.reset();
  return overdue;
}

bool TaskThread::finish(std::chrono::milliseconds timeout) {
  {
    std::unique_lock lock(state_->mutex);
    state_->closing = true;
    state_->changed.notify_all();
    if (!state_->changed.wait_for(lock, timeout, [&] { return state_->ended; })) return false;
  }
  if (thread_.joinable()) thread_.join();
  return true;
}

void TaskThread::run(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  for (;;) {
    state->changed.wait(lock, [&] { return state->closing || !state->queue.empty(); });
    if (state->queue.empty()) break;
    auto task = std::move(state->queue.front());
    state->queue.pop_front();
    state->running = true;
    state->reported = false;
    state->what = std::move(task.what);
    state->deadline = task.deadline;
    state->started = Clock::now();
    lock.unlock();
    task.run();
    task.run = nullptr;  // what it holds may be a model's memory: free it outside of the lock
    lock.lock();
    state->running = false;
  }
  state->ended = true;
  state->changed.notify_all();
}

}  // namespace ovserve
