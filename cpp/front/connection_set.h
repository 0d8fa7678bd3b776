#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "front/connection.h"

namespace ovserve::front {

/// The connections of one loop. For the loop's thread, but for count().
class ConnectionSet {
 public:
  explicit ConnectionSet(EventLoop& loop) : loop_(loop) {}

  void add(std::unique_ptr<Connection> connection);
  /// Takes it out and has it destroyed at the end of the turn.
  void remove(Connection& connection);

  void check_time();
  void drain();
  void close_all();

  /// Any thread; counts those that are on their way here too.
  std::size_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
  void announce() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void retract() noexcept { count_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  EventLoop& loop_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::atomic<std::size_t> count_{0};
};

}  // namespace ovserve::front
