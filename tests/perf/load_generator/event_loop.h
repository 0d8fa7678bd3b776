#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ovserve::bench {

/// epoll, with a number instead of a pointer for each descriptor.
class EventLoop {
 public:
  struct Event {
    std::size_t key = 0;
    bool readable = false;
    bool writable = false;
  };

  /// Throws std::system_error.
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// A descriptor that is closed leaves by itself.
  void add(int descriptor, std::size_t key);
  void watch_writable(int descriptor, std::size_t key, bool writable);

  /// The events are valid until the next call.
  std::span<const Event> wait(int timeout_ms);

 private:
  static constexpr std::size_t kMostEvents = 256;

  int descriptor_ = -1;
  std::array<Event, kMostEvents> events_;
};

}  // namespace ovserve::bench
