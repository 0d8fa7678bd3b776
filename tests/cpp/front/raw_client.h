#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "front/file_descriptor.h"

namespace ovserve::front {

/// A TCP connection to 127.0.0.1 that sends what it is told, however wrong. Reads give up after half
/// a minute, which no test that passes comes near.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer = 0);

  /// False if the server has closed.
  bool send(std::string_view bytes) const;
  /// The client sends no more, but still reads.
  void end_output() const;
  void close() { fd_.reset(); }
  /// Closes in the way of a process that is killed: with a reset.
  void reset();

  /// What comes next; empty at the end.
  std::string read_some();
  std::string read_exactly(std::size_t size);
  /// Up to and with `end`, or up to the end of input.
  std::string read_until(std::string_view end);
  std::string read_all();
  /// One HTTP/1 reply with content-length; what comes after it stays to be read.
  std::string read_reply();

  int fd() const noexcept { return fd_.get(); }

 private:
  bool fill();

  FileDescriptor fd_;
  std::string buffer_;
};

}  // namespace ovserve::front
