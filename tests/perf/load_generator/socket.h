#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ovserve::bench {

/// A connected TCP socket without delay, which never blocks once it is connected.
class Socket {
 public:
  /// Throws std::system_error naming the address.
  Socket(const std::string& host, std::uint16_t port);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int descriptor() const noexcept { return descriptor_; }

  enum class State { kDone, kWouldBlock, kClosed };
  struct Transfer {
    State state = State::kDone;
    std::size_t bytes = 0;
  };
  /// One system call each.
  Transfer read(std::span<char> buffer) noexcept;
  Transfer write(std::span<const iovec> pieces) noexcept;

 private:
  int descriptor_ = -1;
};

/// Where all connections of the one thread read to.
std::span<char> read_buffer() noexcept;

}  // namespace ovserve::bench
