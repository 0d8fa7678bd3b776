#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "front/block_pool.h"
#include "front/file_descriptor.h"
#include "front/mailbox.h"
#include "front/timer_queue.h"

namespace ovserve::front {

/// What a loop watches. Lives until the end of the loop's turn in which it was released, so that
/// events that are already known find it.
class Watched {
 public:
  virtual ~Watched() = default;

  /// Epoll's events, edge triggered.
  virtual void on_events(std::uint32_t events) = 0;
  /// The end of a turn in which end_of_turn() was asked for: the time to write.
  virtual void on_end_of_turn() {}
  /// The next turn, after again() was asked for.
  virtual void on_again() {}
};

/// Waits for sockets, mail and time, and hands each to whom it belongs, until it is told to stop.
/// Everything but mailbox() and stop() is for the loop's own thread.
class EventLoop {
 public:
  using Clock = std::chrono::steady_clock;

  EventLoop();

  void run();
  /// Any thread. The loop ends after the turn.
  void stop();

  void watch(int fd, std::uint32_t events, Watched& watched);
  void unwatch(int fd) noexcept;

  /// Has on_end_of_turn() called once in this turn; after everything has been read, so that what is
  /// written goes out together.
  void end_of_turn(Watched& watched) { ending_.push_back(&watched); }
  /// Has on_again() called in the next turn, which then does not wait.
  void again(Watched& watched) { again_.push_back(&watched); }
  /// Ends `watched` at the end of the turn; it may still be asked to end its turn before.
  void release(std::unique_ptr<Watched> watched) { released_.push_back(std::move(watched)); }

  /// The time at the beginning of the turn.
  Clock::time_point now() const noexcept { return now_; }

  TimerQueue& timers() noexcept { return timers_; }
  BlockPool& blocks() noexcept { return blocks_; }
  const std::shared_ptr<Mailbox>& mailbox() const noexcept { return mailbox_; }

  /// Room for reading, shared by all connections: what is in it must be used at once.
  static constexpr std::size_t kScratch = std::size_t{128} << 10U;
  char* scratch() noexcept { return scratch_.get(); }

 private:
  void wait();
  void finish_turn();
  int timeout() const;

  FileDescriptor epoll_;
  std::shared_ptr<Mailbox> mailbox_;
  TimerQueue timers_;
  BlockPool blocks_;
  std::unique_ptr<char[]> scratch_;
  Clock::time_point now_;
  bool running_ = true;
  std::vector<Watched*> ending_;
  std::vector<Watched*> again_;
  std::vector<Watched*> turn_;  // one of the two above while it is worked through
  std::vector<std::unique_ptr<Watched>> released_;
};

}  // namespace ovserve::front
