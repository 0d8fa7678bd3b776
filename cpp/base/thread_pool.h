#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace ovserve {

/// A few threads for what others should not be held up by.
class ThreadPool {
 public:
  explicit ThreadPool(std::size_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Appends a task; it must not throw. After finish() it runs at once on the calling thread, so
  /// that a model lent out beyond the server's end is still freed.
  void post(std::function<void()> task);

  /// Whether the calling thread is one of them.
  bool is_here() const noexcept;

  /// Lets the queue run empty and ends the threads; false if that takes longer than `timeout`.
  bool finish(std::chrono::milliseconds timeout);

 private:
  struct State;
  static void run(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;  // shared with the threads, which may be abandoned
  std::vector<std::thread> threads_;
};

}  // namespace ovserve
