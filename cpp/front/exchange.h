#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

namespace ovserve::front {

/// One call on an HTTP/2 stream, from its headers to its end: what the stream's bytes mean, and what
/// is answered. Everything on the loop's thread.
class Exchange {
 public:
  using Clock = std::chrono::steady_clock;

  virtual ~Exchange() = default;

  /// Where the next `size` bytes of the stream belong, or fewer; empty if that is not known.
  virtual std::span<char> wanted_place(std::size_t /*size*/) { return {}; }
  virtual void receive(std::string_view bytes) = 0;
  /// The client sends no more.
  virtual void end_of_request() = 0;
  /// What was to be sent is gone; comes after Http2Stream::tell_when_sent().
  virtual void on_all_sent() {}
  /// The stream is gone.
  virtual void abandon() = 0;
  /// Looked at about once a second: does the client take too long to send?
  virtual void check_time(Clock::time_point now) = 0;
};

}  // namespace ovserve::front
