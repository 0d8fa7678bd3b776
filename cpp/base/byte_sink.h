#pragma once

#include <cstddef>

namespace ovserve {

/// Where an encoder writes a message whose size it knows beforehand, so that the bytes are written
/// once, into the buffer that is sent (a Python bytes object, a socket buffer).
class ByteSink {
 public:
  virtual ~ByteSink() = default;

  /// Called exactly once per message; the returned block of `size` bytes is then filled completely.
  virtual char* allocate(std::size_t size) = 0;
};

}  // namespace ovserve
