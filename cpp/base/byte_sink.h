#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace ovserve {

/// Where an encoder writes a message whose size it knows beforehand, so that the bytes are written
/// once, into the buffer that is sent (a Python bytes object, a socket buffer).
class ByteSink {
 public:
  virtual ~ByteSink() = default;

  /// Called exactly once per message; the returned block of `size` bytes is then filled completely.
  virtual char* allocate(std::size_t size) = 0;

  /// Content of at least this size stays where it lies: it is left out of the block, and told by
  /// place(). By default everything goes into the block.
  virtual std::size_t smallest_in_place() const noexcept { return std::numeric_limits<std::size_t>::max(); }

  /// `content` belongs in front of what stands at `position` of the block. Called in the message's order.
  virtual void place(const char* /*position*/, std::string_view /*content*/) {}

  /// In place of allocate(): a message that was made as a text.
  virtual void adopt(std::string text) { std::copy(text.begin(), text.end(), allocate(text.size())); }
};

}  // namespace ovserve
