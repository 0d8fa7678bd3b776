#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace ovserve {

/// One thread that runs tasks one after another: everything that is asked of one loader library.
/// A task may hang for ever (it is user code); the thread can then be abandoned but never killed.
/// A task that ends its thread (pthread_exit) counts as one that hangs.
class TaskThread {
 public:
  using Clock = std::chrono::steady_clock;

  /// A task that has been running longer than it should.
  struct Overdue {
    std::string what;
    std::chrono::milliseconds running_for{};
  };

  TaskThread();
  /// Abandons the thread if it is still busy.
  ~TaskThread();
  TaskThread(const TaskThread&) = delete;
  TaskThread& operator=(const TaskThread&) = delete;

  /// Appends a task. `what` says in messages what runs, `deadline` when it is overdue. Tasks must not throw.
  void post(std::string what, std::chrono::milliseconds deadline, std::function<void()> task);

  /// The running task, if it is past its deadline.
  std::optional<Overdue> overdue() const;

  /// The same, but once per task: for the log.
  std::optional<Overdue> newly_overdue();

  /// Lets the queue run empty and ends the thread; false if that takes longer than `timeout`.
  bool finish(std::chrono::milliseconds timeout);

 private:
  struct State;
  static void run(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;  // shared with the thread, which may outlive this object
  std::thread thread_;
};

}  // namespace ovserve
