#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

namespace ovserve::front {

/// The protocol spoken on one connection: turns bytes into calls and replies into bytes. Everything
/// on the loop's thread.
class Session {
 public:
  using Clock = std::chrono::steady_clock;

  virtual ~Session() = default;

  /// Where the next bytes from the socket are wanted, so that they need not be copied; empty if
  /// that is not known. What was read there is then given to receive() as a view of it.
  virtual std::span<char> wanted_place() { return {}; }

  /// Bytes that have arrived. All are taken, or the session has finished.
  virtual void receive(std::string_view bytes) = 0;

  /// False while nothing more shall be read: what was read before is not worked off yet.
  virtual bool wants_input() const = 0;

  /// The client sends no more.
  virtual void end_of_input() = 0;

  /// Puts what can be sent now into the connection's output queue.
  virtual void produce() = 0;

  /// Looked at about once a second: who takes too long?
  virtual void check_time(Clock::time_point now) = 0;

  /// The server is about to stop: takes no more calls, finishes those under way.
  virtual void drain() = 0;

  /// The rest of requests is all that is waited for: nothing is being worked at or to be sent.
  virtual bool awaits_requests() const = 0;

  /// Nothing more will be said; the connection can be closed when the output queue is empty.
  virtual bool is_finished() const = 0;

  /// The client has gone: gives up all calls.
  virtual void abandon() = 0;
};

}  // namespace ovserve::front
